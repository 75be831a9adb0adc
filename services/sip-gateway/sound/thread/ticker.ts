/** What is late by no more than so many ticks is made up for at once; with more, time has stood still. */
const mostBehind = 5;
export const tickMs = 20;

export type TickerGiven = {
  /** ms, by a clock that is never set. */
  readonly now: () => number;
  /** `skipped`: ticks that never were. */
  readonly tick: (skipped: number) => void;
};

/** Ticks every 20 ms of a clock's, counted from its beginning: no tick is late because another one was. */
export class Ticker {
  readonly #given: TickerGiven;
  #next: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(given: TickerGiven) {
    this.#given = given;
    this.#next = given.now() + tickMs;
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#next - this.#given.now()));
  }

  #run(): void {
    const behind = Math.floor((this.#given.now() - this.#next) / tickMs);
    const skipped = behind > mostBehind ? behind : 0;
    this.#next += skipped * tickMs;
    this.#wait();
    for (let first = true; this.#next <= this.#given.now(); first = false) {
      this.#next += tickMs;
      this.#given.tick(first ? skipped : 0);
    }
    clearTimeout(this.#timer);
    this.#wait();
  }
}
