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
  #renewedAt = performance.now();
  #isLost = false;

  constructor(held: HeldFact, clock: Clock) {
    this.#held = held;
    this.#timer = clock.every(limits.ackGraceMs / 2, () => this.renew());
  }

  /** False once it is lost. */
  renew(): boolean {
    const now = performance.now();
    if (now - this.#renewedAt > limits.ackGraceMs) this.#isLost = true;
    if (this.#isLost) return false;
    this.#renewedAt = now;
    this.#held.working();
    return true;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}
