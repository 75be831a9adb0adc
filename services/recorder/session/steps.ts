/** Steps that change the same things, one after the other. One that fails is logged, and the next one is done. */
import type { Log } from "@veche/kit/log.ts";

export class Steps {
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Resolves when it is done, or has failed. */
  do(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => this.try(step));
    return this.#last;
  }

  /** Part of a step, whose failure leaves the rest of it to be done. */
  async try(part: () => Promise<void>): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.#log.error({ err: error }, "a step of a session failed");
    }
  }

  /** Resolves when all that was begun so far is done. */
  get done(): Promise<void> {
    return this.#last;
  }
}
