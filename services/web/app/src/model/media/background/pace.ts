/** Frames that took this long or longer leave no room for anything else. */
export const SLOW_MS = 70;
export const JUDGED_FRAMES = 60;
/** From here on only each second picture is looked at anew. */
const HALF_MS = 25;

/** How well the computer keeps up. */
export class Pace {
  #durations: number[] = [];
  #frame = 0;

  /** Whether the outline of the person is to be found in this frame, or the last one does. */
  get isDue(): boolean {
    return this.#typical < HALF_MS || this.#frame % 2 === 0;
  }

  /** True when it has become clear that this computer cannot do it. */
  took(ms: number): boolean {
    this.#frame++;
    this.#durations = [...this.#durations, ms].slice(-JUDGED_FRAMES);
    return this.#durations.length === JUDGED_FRAMES && this.#typical >= SLOW_MS;
  }

  /** The median: a single pause does not make a computer slow. */
  get #typical(): number {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }
}
