/** Something that has gathered output in this turn of the event loop. */
export interface Flushable {
  flush(): void;
}

/** Flushes everybody who gathered something once the turn's input is worked on: one write per connection and turn. */
export class TurnEnd {
  #waiting: Flushable[] = [];

  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(flushable);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush();
  }
}
