/** More than this waits for nobody: whoever sends it is cut off, and says it again when it comes back. */
const waitingAtMost = 10_000;

export type DutyState = {
  /** Nobody else can be on duty. */
  readonly isSure: boolean;
  /** Rejects where that is not so within `limitMs`. */
  sure(limitMs: number): Promise<void>;
  /** Asks NATS; rejects where another process has the unit. */
  confirm(): Promise<void>;
};

/**
 * What comes in, and what is said because of it, passes while it is sure that this process is on duty for its unit. A process
 * that stood still or was cut off may have a successor on another host: it looks first. Meanwhile everything waits in its order.
 */
export class Doorway {
  readonly #duty: DutyState;
  #waiting: (() => void)[] = [];
  #isPassing = false;
  #isLooking = false;

  constructor(duty: DutyState) {
    this.#duty = duty;
  }

  /** False where it neither passes nor can wait. */
  enter(action: () => void): boolean {
    if (this.#isPassing || (this.#waiting.length === 0 && this.#duty.isSure)) {
      action();
      return true;
    }
    if (this.#waiting.length >= waitingAtMost) return false;
    this.#waiting.push(action);
    if (!this.#isLooking) void this.#look();
    return true;
  }

  /** Nothing passes any more. */
  close(): void {
    this.#waiting = [];
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.length > 0) {
      const isSure = await this.#duty.sure(1_000).then(
        () => true,
        () => false,
      );
      if (isSure) this.#pass();
    }
    this.#isLooking = false;
  }

  #pass(): void {
    this.#isPassing = true;
    try {
      for (const action of this.#waiting.splice(0)) action();
    } finally {
      this.#isPassing = false;
    }
  }
}
