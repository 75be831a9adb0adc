/** A source's own clock in milliseconds of the recorder's, without the unrest of the network. */

/** How far back arrivals are compared. */
const bucketMs = 1_000;
const buckets = 3;
/** Beyond this the source's clock has been set, or stood still. */
const jumpMs = 300;
/** A source that was silent for so long may begin anew anywhere. */
const silenceMs = 1_000;
/** The clocks of two machines differ by less; the first seconds are for finding out. */
const slewPerMs = 0.005;
const slewFirstPerMs = 0.05;
const settlingMs = 3_000;

/**
 * What arrives is late by what the network takes, now more, now less. The least of the last seconds is taken for what it
 * always takes, so that sources of one sender stay together, and a sender's clock that runs fast or slow is followed
 * slowly. Times never go back.
 */
export class MediaClock {
  readonly #ratePerMs: number;
  #extended = 0;
  #lastTimestamp: number | undefined;
  #offset = 0;
  #firstArrival = 0;
  #lastArrival = 0;
  #lastTime = Number.NEGATIVE_INFINITY;
  /** The least offset of each second. */
  #least: { at: number; offset: number }[] = [];

  constructor(clockRateHz: number) {
    this.#ratePerMs = clockRateHz / 1_000;
  }

  /** `arrival`: when its first packet came, in ms of the recorder's clock. */
  map(timestamp: number, arrival: number): number {
    const media = this.#extend(timestamp) / this.#ratePerMs;
    const sample = arrival - media;
    if (this.#least.length === 0) {
      this.#offset = sample;
      this.#firstArrival = arrival;
    } else if (this.#isBroken(sample, arrival)) {
      this.#offset = sample;
      this.#least = [];
    }
    const least = this.#note(sample, arrival);
    this.#follow(least, arrival);
    this.#lastArrival = arrival;
    this.#lastTime = Math.max(this.#lastTime, media + this.#offset);
    return this.#lastTime;
  }

  #extend(timestamp: number): number {
    if (this.#lastTimestamp !== undefined) this.#extended += (timestamp - this.#lastTimestamp) | 0;
    this.#lastTimestamp = timestamp;
    return this.#extended;
  }

  /** It came before it could have been sent, or after a silence in which its clock stood still. */
  #isBroken(sample: number, arrival: number): boolean {
    if (sample < this.#offset - jumpMs) return true;
    return arrival - this.#lastArrival > silenceMs && Math.abs(sample - this.#offset) > jumpMs;
  }

  #note(sample: number, arrival: number): number {
    const current = this.#least.at(-1);
    if (!current || arrival - current.at >= bucketMs) this.#least.push({ at: arrival, offset: sample });
    else current.offset = Math.min(current.offset, sample);
    if (this.#least.length > buckets) this.#least.shift();
    return Math.min(...this.#least.map(({ offset }) => offset));
  }

  #follow(least: number, arrival: number): void {
    const error = least - this.#offset;
    if (error > jumpMs && this.#least.length === buckets) {
      this.#offset = least;
      return;
    }
    const isSettling = arrival - this.#firstArrival < settlingMs;
    const step = Math.max(0, arrival - this.#lastArrival) * (isSettling ? slewFirstPerMs : slewPerMs);
    if (this.#lastArrival !== 0) this.#offset += Math.max(-step, Math.min(step, error));
  }
}
