/** Something that has gathered output in this turn of the event loop. */
export interface Flushable {
  flush(): void;
}

/** What copies for full rooms may take before the next input is looked at. */
const sliceMs = 4;

/** How long copies are gathered for somebody who got some just before. */
export const gatherMs = 15;

/** So many are flushed between two looks at the clock. */
const flushesPerLook = 8;

/**
 * Flushes everybody who gathered something once the turn's input is worked on: one write per connection and turn. Whoever
 * waits for an answer comes first, and the others are flushed in slices, so that a full room holds up nobody outside it.
 */
export class TurnEnd {
  #first: Flushable[] = [];
  #waiting: Flushable[] = [];
  /** How many of `waiting` are flushed. */
  #done = 0;
  #isArmed = false;
  #isFirstArmed = false;
  /** In the order in which they are due. */
  #gathering: { readonly flushable: Flushable; readonly dueMs: number }[] = [];
  #isGathering = false;

  add(flushable: Flushable): void {
    this.#waiting.push(flushable);
    this.#arm();
  }

  /** For what somebody asked and waits for: it leaves before the next input is looked at, after what was to be kept first. */
  addFirst(flushable: Flushable): void {
    this.#first.push(flushable);
    if (this.#isFirstArmed) return;
    this.#isFirstArmed = true;
    // Records are on their way once all microtasks are done.
    queueMicrotask(() => process.nextTick(() => this.#flushFirst()));
  }

  /** For what may wait until more has come. */
  addLater(flushable: Flushable): void {
    this.#gathering.push({ flushable, dueMs: performance.now() + gatherMs });
    this.#gather();
  }

  #gather(): void {
    const [next] = this.#gathering;
    if (this.#isGathering || !next) return;
    this.#isGathering = true;
    const timer = setTimeout(
      () => {
        this.#isGathering = false;
        const now = performance.now();
        const count = this.#gathering.findIndex(({ dueMs }) => dueMs > now);
        const due = this.#gathering.splice(0, count < 0 ? this.#gathering.length : count);
        for (const { flushable } of due) this.add(flushable);
        this.#gather();
      },
      Math.ceil(next.dueMs - performance.now()),
    );
    timer.unref();
  }

  #flushFirst(): void {
    this.#isFirstArmed = false;
    const first = this.#first;
    this.#first = [];
    for (const flushable of first) flushable.flush();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    setImmediate(() => this.#flush());
  }

  #flush() {
    this.#isArmed = false;
    const endMs = performance.now() + sliceMs;
    while (this.#done < this.#waiting.length) {
      this.#waiting[this.#done++]?.flush();
      if (this.#done % flushesPerLook === 0 && performance.now() >= endMs) break;
    }
    if (this.#done < this.#waiting.length) return this.#arm();
    this.#waiting = [];
    this.#done = 0;
  }
}
