/** Which voices of a conference are decoded: the loudest of late. */

/** How fast a voice is taken for loud, and for quiet again: its part of the way with each packet. */
const rise = 0.3;
const fall = 0.02;
/** A voice has to be louder than one that is heard by so much to take its place, in dB. */
const advantage = 6;
/** A voice that sends nothing for so long gives its place away, ms. */
const goneMs = 2_000;

type Speaker = { loudness: number; heardAt: number; isHeard: boolean };

export class Speakers {
  readonly #most: number;
  readonly #all = new Map<number, Speaker>();

  constructor(most: number) {
    this.#most = most;
  }

  isHeard(ssrc: number): boolean {
    return this.#all.get(ssrc)?.isHeard ?? false;
  }

  /** A packet came. `level`: in −dBov; undefined: not said. Whether it is to be heard, and whom it took the place of. */
  hear(ssrc: number, level: number | undefined, now: number): { readonly isHeard: boolean; readonly instead?: number } {
    const loudness = 127 - (level ?? 0);
    const speaker = this.#all.get(ssrc) ?? { loudness: 0, heardAt: now, isHeard: false };
    this.#all.set(ssrc, speaker);
    speaker.heardAt = now;
    speaker.loudness += (loudness - speaker.loudness) * (loudness > speaker.loudness ? rise : fall);
    if (speaker.isHeard) return { isHeard: true };
    const heard = [...this.#all].filter(([, one]) => one.isHeard);
    if (heard.length < this.#most) {
      speaker.isHeard = true;
      return { isHeard: true };
    }
    const worth = (one: Speaker): number => (now - one.heardAt > goneMs ? -1 : one.loudness);
    const [instead, least] = heard.reduce((a, b) => (worth(b[1]) < worth(a[1]) ? b : a));
    if (speaker.loudness < worth(least) + advantage) return { isHeard: false };
    least.isHeard = false;
    speaker.isHeard = true;
    return { isHeard: true, instead };
  }

  /** The others are gone. */
  keep(isKept: (ssrc: number) => boolean): void {
    for (const ssrc of this.#all.keys()) if (!isKept(ssrc)) this.#all.delete(ssrc);
  }

  clear(): void {
    this.#all.clear();
  }
}
