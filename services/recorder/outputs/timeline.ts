import { ticksBetween, ticksPerSecond } from "./transport-stream.ts";

/** More than this from one picture to the next is a break. */
const breakTicks = 5 * ticksPerSecond;
const frameMs = 40;

/** Time of a connection, in ms from its first key frame; goes on evenly where the capture began anew. */
export class Timeline {
  #source: number | undefined;
  #ms = 0;
  #startMs = 0;
  #lastSource = 0;
  #lastMs = 0;

  /** The latest there was. */
  get now(): number {
    return Math.floor(this.#lastMs);
  }

  restart(): void {
    this.#source = undefined;
    this.#ms = this.#startMs = this.#lastMs = 0;
  }

  /** Undefined for what belongs before the beginning. */
  at(dts: number, isKey: boolean): number | undefined {
    if (this.#source === undefined || (isKey && this.#isBreak(dts))) {
      if (!isKey) return undefined;
      this.#ms = this.#startMs = this.#source === undefined ? 0 : this.#lastMs + frameMs;
      this.#source = dts;
    }
    const ms = this.#ms + ticksBetween(this.#source, dts) / (ticksPerSecond / 1_000);
    if (ms < this.#startMs) return undefined;
    if (isKey) {
      this.#source = dts;
      this.#ms = ms;
    }
    this.#lastSource = dts;
    this.#lastMs = Math.max(this.#lastMs, ms);
    return Math.floor(ms);
  }

  #isBreak(dts: number): boolean {
    const step = ticksBetween(this.#lastSource, dts);
    return step < -ticksPerSecond || step > breakTicks;
  }
}
