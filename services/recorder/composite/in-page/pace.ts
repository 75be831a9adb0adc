/** Which picture of the encoded film a captured one becomes: pictures come when the page was drawn, the film has a steady beat. */

export type Taken = {
  /** How often the picture before it is shown again first. */
  readonly repeats: number;
  /** False: it came too soon after the one before and has no place. */
  readonly isTaken: boolean;
};

/**
 * Runs in the page's worker as well, by its source text: it may use nothing from outside.
 *
 * A captured picture may be three quarters of a beat off: pages are drawn sixty times a second, so that pictures 25 times
 * a second come 33 or 50 ms after each other.
 */
export class Pace {
  readonly #beatMs: number;
  #startMs: number | undefined;
  #next = 0;

  constructor(framesPerSecond: number) {
    this.#beatMs = 1000 / framesPerSecond;
  }

  /** Place of the next picture in the film. */
  get next(): number {
    return this.#next;
  }

  /** When the film began; undefined before its first picture. */
  get startMs(): number | undefined {
    return this.#startMs;
  }

  take(capturedMs: number): Taken {
    this.#startMs ??= capturedMs;
    const place = (capturedMs - this.#startMs) / this.#beatMs;
    if (place < this.#next - 0.75) return { repeats: 0, isTaken: false };
    const repeats = Math.max(0, Math.ceil(place - this.#next - 0.75));
    this.#next += repeats + 1;
    return { repeats, isTaken: true };
  }

  /** How often the last picture is shown again because none came for ten beats: nothing moves on the page. */
  fill(nowMs: number): number {
    if (this.#startMs === undefined) return 0;
    const repeats = Math.max(0, Math.floor((nowMs - this.#startMs) / this.#beatMs - 10) - this.#next + 1);
    this.#next += repeats;
    return repeats;
  }
}
