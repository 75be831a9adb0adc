import type { Bus } from "@veche/kit/bus.ts";
import type { Log } from "@veche/kit/log.ts";
import { service } from "@veche/proto/facts.ts";

export type Warning = {
  /** Of a closed list: address-unreachable, stun-unanswered, relay-unanswered. */
  readonly kind: string;
  /** A sentence for people. */
  readonly text: string;
};

export type WarningEdges = {
  readonly bus: Pick<Bus, "record">;
  readonly role: string;
  readonly instance: string;
  readonly log: Log;
};

/** What is wrong without keeping the bridge from its work: said once when it begins, and once when it is over. */
export class Warnings {
  readonly #edges: WarningEdges;
  #present: readonly Warning[] = [];
  #said = 0;

  constructor(edges: WarningEdges) {
    this.#edges = edges;
  }

  /** A sentence each. */
  get texts(): readonly string[] {
    return this.#present.map(({ text }) => text);
  }

  /** All there is of these kinds now. */
  replace(kinds: readonly string[], found: readonly Warning[]): void {
    const before = this.#present.filter(({ kind }) => kinds.includes(kind));
    const others = this.#present.filter(({ kind }) => !kinds.includes(kind));
    const isIn = (list: readonly Warning[]) => (one: Warning) => list.some(({ text }) => text === one.text);
    this.#present = [...others, ...found];
    for (const warning of found.filter((one) => !isIn(before)(one))) this.#say(warning, false);
    for (const warning of before.filter((one) => !isIn(found)(one))) this.#say(warning, true);
  }

  #say({ kind, text }: Warning, over: boolean): void {
    const { bus, role, instance, log } = this.#edges;
    if (over) log.info({ warning: kind }, `over: ${text}`);
    else log.warn({ warning: kind }, text);
    this.#said += 1;
    const time = new Date().toISOString();
    const headers = { id: `${role}-${instance}-warned-${this.#said}`, source: `/${role}/${instance}`, time };
    bus
      .record(service.warned, { role, instance }, { role, instance, time, warning: kind, text, over }, headers)
      .catch((error: unknown) => log.warn({ err: error }, "the fact about this warning was not stored"));
  }
}
