/** What is late by no more than so many ticks is made up for at once; with more, time has stood still. */
const mostBehind = 5;
export const tickMs = 20;
/** A tick that is due for so long, ms, says that this thread did not run meanwhile. */
const lateMs = 10;

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
  #immediate: NodeJS.Immediate | undefined;
  #wasLate = false;

  constructor(given: TickerGiven) {
    this.#given = given;
    this.#next = given.now() + tickMs;
    this.#wait();
  }

  /** The thread did not run for a while: what is read now may have come long ago. */
  get isLate(): boolean {
    return this.#wasLate || this.#given.now() > this.#next + lateMs;
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, this.#next - this.#given.now()));
  }

  /** What has come to the sockets meanwhile is read first. */
  #wake(): void {
    this.#wasLate = this.#given.now() > this.#next + lateMs;
    this.#immediate = setImmediate(() => this.#run());
  }

  #run(): void {
    const behind = Math.floor((this.#given.now() - this.#next) / tickMs);
    const skipped = behind > mostBehind ? behind : 0;
    this.#next += skipped * tickMs;
    for (let first = true; this.#next <= this.#given.now(); first = false) {
      this.#next += tickMs;
      this.#given.tick(first ? skipped : 0);
    }
    this.#wait();
  }
}
