/** Numbers of a job's attempts: each is higher than any that it had before, under whichever recorder. */
export class Attempts {
  #last: number;

  constructor(last: number) {
    this.#last = last;
  }

  /** 0: none yet. */
  get last(): number {
    return this.#last;
  }

  /** Up to this one they are taken. */
  reach(attempt: number): void {
    this.#last = Math.max(this.#last, attempt);
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
