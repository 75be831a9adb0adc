/** Something that has gathered output in this turn of the event loop. */
export interface Flushable {
  flush(): void;
}

/** What copies for full rooms may take before the next input is looked at. */
const sliceMs = 4;

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
