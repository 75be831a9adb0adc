/** Where captured sound belongs in the film's: it is one line without a hole, whatever comes late, twice or not at all. */

export type Laid = {
  /** Samples of silence before it. */
  readonly silence: number;
  /** Samples left out at its beginning. */
  readonly skip: number;
};

/** Runs in the page's worker as well, by its source text: it may use nothing from outside. Counts in samples of one channel. */
export class SoundLine {
  readonly #rate: number;
  #laid = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  get laid(): number {
    return this.#laid;
  }

  /** `atMs` is counted from the film's beginning. What is less than 60 ms off goes where the sound before it ended. */
  take(atMs: number, samples: number): Laid {
    const off = Math.round((atMs * this.#rate) / 1000) - this.#laid;
    const isFirst = this.#laid === 0;
    const isOff = isFirst || Math.abs(off) > this.#rate * 0.06;
    const silence = isOff ? Math.max(0, off) : 0;
    const skip = isOff ? Math.min(samples, Math.max(0, -off)) : 0;
    this.#laid += silence + samples - skip;
    return { silence, skip };
  }

  /** Samples of silence where no sound came for half a second: a player would wait for it. */
  fill(nowMs: number): number {
    const missing = Math.round(((nowMs - 300) * this.#rate) / 1000) - this.#laid;
    if (missing < this.#rate * 0.2) return 0;
    this.#laid += missing;
    return missing;
  }
}
