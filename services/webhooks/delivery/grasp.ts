import type { HeldFact } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { limits } from "../limits.ts";

/**
 * Keeps a fact that waits for its turn from being given to another process. A process that stood still for too long has
 * lost it: what it would send now could come after what is newer.
 */
export class Grasp implements Disposable {
  readonly #held: HeldFact;
  readonly #timer: Timer;
  readonly #clock: Clock;
  #renewedMs: number;
  #isLost = false;

  /** `askedMs`: when it was asked for. It may have come soon after that, and have lain unread since. */
  constructor(held: HeldFact, clock: Clock, askedMs: number) {
    this.#held = held;
    this.#clock = clock;
    this.#renewedMs = askedMs;
    this.#timer = clock.every(limits.ackGraceMs / 2, () => this.renew());
  }

  /** False once it is lost. */
  renew(): boolean {
    const nowMs = this.#clock.now();
    if (nowMs - this.#renewedMs > limits.ackGraceMs) this.#isLost = true;
    if (this.#isLost) return false;
    this.#renewedMs = nowMs;
    this.#held.working();
    return true;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}
