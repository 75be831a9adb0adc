import type { Clock } from "@veche/kit/clock.ts";
import { type Rate, TokenBucket } from "../domain/token-bucket.ts";

/** Runs what it is given at most at a rate; of what has to wait only the last is run. */
export class Throttle {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #waiting: (() => void) | undefined;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(rate, clock.now());
  }

  run(action: () => void) {
    const isArmed = this.#waiting !== undefined;
    const waitMs = this.#bucket.waitMs(this.#clock.now());
    if (!isArmed && waitMs === 0) {
      this.#bucket.spend(this.#clock.now(), 1);
      return action();
    }
    this.#waiting = action;
    if (!isArmed) this.#arm(waitMs);
  }

  #arm(waitMs: number): void {
    this.#clock.after(Math.max(1, waitMs), () => {
      const action = this.#waiting;
      this.#waiting = undefined;
      this.#bucket.spend(this.#clock.now(), 1);
      action?.();
    });
  }
}
