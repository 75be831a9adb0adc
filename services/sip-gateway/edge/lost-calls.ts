/** Calls of gateways that are gone: what is left of them in the bucket `sip-calls` is brought to its end. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { CallFacts } from "./call-facts.ts";

export type LostCallsGiven = {
  readonly facts: CallFacts;
  readonly clock: Clock;
  readonly log: Log;
  readonly gateway: { readonly id: string; readonly instance: string };
  /** Instances of gateways that are there, by gateway. */
  readonly present: () => ReadonlyMap<string, string>;
};

const everyMs = 15_000;
/** Of another gateway: its entry among the gateways has run out by then, or its next start has done it. */
const othersAfterMs = 30_000;

export class LostCalls implements Disposable {
  readonly #given: LostCallsGiven;
  /** When a call of another was first seen without its gateway. */
  readonly #missedSince = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(given: LostCallsGiven) {
    this.#given = given;
  }

  start(): void {
    void this.look();
    this.#timer = this.#given.clock.every(everyMs, () => void this.look());
  }

  async look(): Promise<void> {
    const { facts, log } = this.#given;
    try {
      for (const record of await facts.records()) if (this.#isLost(record)) await facts.abandon(record);
    } catch (error) {
      log.debug({ err: error }, "abandoned calls were not looked at");
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }

  #isLost(record: { readonly call: string; readonly gateway: string; readonly instance: string }): boolean {
    const { gateway, present, clock } = this.#given;
    const { call } = record;
    if (record.gateway === gateway.id) return record.instance !== gateway.instance;
    if (present().get(record.gateway) === record.instance) {
      this.#missedSince.delete(call);
      return false;
    }
    const since = this.#missedSince.get(call) ?? clock.now();
    this.#missedSince.set(call, since);
    if (clock.now() - since < othersAfterMs) return false;
    this.#missedSince.delete(call);
    return true;
  }
}
