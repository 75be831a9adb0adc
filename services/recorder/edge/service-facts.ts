/** What an operator should look at, said when it begins and when it is over; and that this recorder ends. */
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { service } from "@veche/proto/facts.ts";

export type ServiceFactsGiven = {
  readonly bus: Pick<Bus, "record">;
  readonly clock: Clock;
  readonly log: Log;
  readonly role: string;
  readonly instance: string;
};

export class ServiceFacts {
  readonly #given: ServiceFactsGiven;
  #said = 0;

  constructor(given: ServiceFactsGiven) {
    this.#given = given;
  }

  /** disk-low: `over` once it is well again. */
  warned(warning: "disk-low", text: string, over: boolean): void {
    const { log } = this.#given;
    if (over) log.info({ warning }, `over: ${text}`);
    else log.warn({ warning }, text);
    this.#say("warned", (base, fact) =>
      this.#given.bus.record(service.warned, base, { ...fact, warning, text, over }, headers(fact, this.#said)),
    );
  }

  draining(): void {
    this.#say("draining", (base, fact) =>
      this.#given.bus.record(service.draining, base, fact, headers(fact, "draining")),
    );
  }

  #say(name: string, record: (base: Base, fact: Base & { readonly time: string }) => Promise<void>): void {
    const { role, instance, clock, log } = this.#given;
    this.#said += 1;
    const base = { role, instance };
    record(base, { ...base, time: new Date(clock.now()).toISOString() }).catch((error: unknown) =>
      log.warn({ err: error, fact: name }, "a fact about this recorder was not stored"),
    );
  }
}

type Base = { readonly role: string; readonly instance: string };

function headers({ role, instance, time }: Base & { readonly time: string }, what: number | string) {
  return { id: `${role}-${instance}-${what}`, source: `/${role}/${instance}`, time };
}
