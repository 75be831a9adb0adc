import type { Samples } from "./codec.ts";

/** The pitch of a voice: 66 to 200 Hz. */
const longestPeriodMs = 15;
const shortestPeriodMs = 5;
/** How much is compared to find it. */
const comparedMs = 20;
const historyMs = longestPeriodMs + comparedMs + 5;
const overlapMs = 4;
/** Nothing is made up for longer, and it grows quieter after the first. */
const steadyMs = 10;
const longestMs = 60;

/**
 * Makes up for lost sound where the codec doesn't: the last period of the voice goes on, quieter and quieter, and the real
 * sound is faded into when it is back (in the manner of G.711 Appendix I).
 */
export class Concealment {
  readonly #rateHz: number;
  readonly #history: Samples;
  #period: Samples | undefined;
  #made = 0;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
    this.#history = new Float32Array(this.#samples(historyMs));
  }

  /** Sound that has come; what it begins with is mixed with what was made up. */
  hear(samples: Samples): Samples {
    if (this.#period) {
      const overlap = Math.min(samples.length, this.#samples(overlapMs));
      const made = this.#goOn(overlap);
      for (let at = 0; at < overlap; at += 1) {
        const share = (at + 1) / (overlap + 1);
        samples[at] = (samples[at] ?? 0) * share + (made[at] ?? 0) * (1 - share);
      }
      this.#period = undefined;
      this.#made = 0;
    }
    this.#remember(samples);
    return samples;
  }

  conceal(count: number): Samples {
    this.#period ??= this.#lastPeriod();
    const made = this.#goOn(count);
    this.#remember(made);
    return made;
  }

  #goOn(count: number): Samples {
    const period = this.#period ?? new Float32Array(1);
    const made = new Float32Array(count);
    const [steady, longest] = [this.#samples(steadyMs), this.#samples(longestMs)];
    for (let at = 0; at < count; at += 1, this.#made += 1) {
      const gain = this.#made < steady ? 1 : Math.max(0, 1 - (this.#made - steady) / (longest - steady));
      made[at] = (period[this.#made % period.length] ?? 0) * gain;
    }
    return made;
  }

  /** One period, begun so that it follows on from itself without a step. */
  #lastPeriod(): Samples {
    const history = this.#history;
    const length = this.#findPeriod();
    const start = history.length - length;
    const period = history.slice(start);
    const overlap = Math.min(length >> 2, this.#samples(overlapMs));
    for (let at = 0; at < overlap; at += 1) {
      const share = (at + 1) / (overlap + 1);
      const end = length - overlap + at;
      period[end] = (period[end] ?? 0) * (1 - share) + (history[start - overlap + at] ?? 0) * share;
    }
    return period;
  }

  /** In samples: where the sound is most like itself before. */
  #findPeriod(): number {
    const history = this.#history;
    const compared = this.#samples(comparedMs);
    const start = history.length - compared;
    // Every other sample is enough to find it with.
    const stride = Math.max(1, Math.round(this.#rateHz / 4_000));
    const shortest = this.#samples(shortestPeriodMs);
    let best = shortest;
    let bestLikeness = Number.NEGATIVE_INFINITY;
    for (let lag = shortest; lag <= this.#samples(longestPeriodMs); lag += 1) {
      let product = 0;
      let energy = 1e-9;
      for (let at = start; at < history.length; at += stride) {
        const before = history[at - lag] ?? 0;
        product += before * (history[at] ?? 0);
        energy += before * before;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness <= bestLikeness) continue;
      bestLikeness = likeness;
      best = lag;
    }
    return best;
  }

  #remember(samples: Samples): void {
    const history = this.#history;
    if (samples.length >= history.length) {
      history.set(samples.subarray(samples.length - history.length));
      return;
    }
    history.copyWithin(0, samples.length);
    history.set(samples, history.length - samples.length);
  }

  #samples(ms: number): number {
    return Math.round((this.#rateHz * ms) / 1_000);
  }
}
