import type { Samples } from "./codec.ts";

/** Filter taps on each side of a sample of the lower rate. */
const reach = 12;
/** Of the band of the lower rate that goes through. */
const passed = 0.92;

/** From one rate to another, of which one is a multiple of the other; without steps from one frame to the next. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #filter: Float32Array;
  #past: Samples;

  constructor(fromHz: number, toHz: number) {
    this.#up = Math.max(1, toHz / fromHz);
    this.#down = Math.max(1, fromHz / toHz);
    if (!Number.isInteger(this.#up) || !Number.isInteger(this.#down))
      throw new RangeError(`expected rates of which one is a multiple of the other, found ${fromHz} and ${toHz}`);
    const factor = this.#up * this.#down;
    this.#filter = lowPass(factor);
    this.#past = new Float32Array(this.#up > 1 ? 2 * reach : 2 * reach * factor);
  }

  /** A whole number of samples of the other rate. */
  turn(samples: Samples): Samples {
    if (this.#up === 1 && this.#down === 1) return samples;
    const known = new Float32Array(this.#past.length + samples.length);
    known.set(this.#past);
    known.set(samples, this.#past.length);
    this.#past = known.slice(known.length - this.#past.length);
    return this.#up > 1 ? this.#raise(known, samples.length) : this.#lower(known, samples.length);
  }

  #raise(known: Samples, count: number): Samples {
    const up = this.#up;
    const raised = new Float32Array(count * up);
    for (let at = 0; at < count; at += 1)
      for (let phase = 0; phase < up; phase += 1) {
        let sum = 0;
        // The filter's taps that fall on samples there are.
        for (let tap = phase, from = at + 2 * reach; tap < this.#filter.length && from >= 0; tap += up, from -= 1)
          sum += (this.#filter[tap] ?? 0) * (known[from] ?? 0);
        raised[at * up + phase] = sum * up;
      }
    return raised;
  }

  #lower(known: Samples, count: number): Samples {
    const down = this.#down;
    const lowered = new Float32Array(Math.floor(count / down));
    for (let at = 0; at < lowered.length; at += 1) {
      let sum = 0;
      const newest = at * down + this.#past.length;
      for (let tap = 0; tap < this.#filter.length; tap += 1)
        sum += (this.#filter[tap] ?? 0) * (known[newest - tap] ?? 0);
      lowered[at] = sum;
    }
    return lowered;
  }
}

const filters = new Map<number, Float32Array>();

/** A windowed sinc (Blackman) for the higher of two rates, whose sum is 1. */
function lowPass(factor: number): Float32Array {
  const known = filters.get(factor);
  if (known) return known;
  const length = 2 * reach * factor + 1;
  const middle = (length - 1) / 2;
  const filter = Float32Array.from({ length }, (_, at) => {
    const from = ((at - middle) / factor) * passed;
    const sinc = from === 0 ? 1 : Math.sin(Math.PI * from) / (Math.PI * from);
    const turn = (2 * Math.PI * at) / (length - 1);
    return sinc * (0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  });
  const sum = filter.reduce((total, tap) => total + tap, 0);
  const whole = filter.map((tap) => tap / sum);
  filters.set(factor, whole);
  return whole;
}
