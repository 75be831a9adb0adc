import type { Samples } from "./codec.ts";
import { Band, saturate } from "./g722-band.ts";

/** G.722 at 64 kbit/s: 16 kHz in two bands, a byte for two samples. In RTP its clock is 8 kHz (RFC 3551 4.5.2). */

const filter = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11] as const;
const taps = 24;
const sixteenBits = 0x8000;

/** Decision levels of the lower band, and the codes between them for negative and positive differences. */
const levels = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  1458, 1612, 1765, 1980, 2195, 2557, 2919,
] as const;
const highLevel = 564;
const lowValues = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24808,
  21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008,
  3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
] as const;
const highValues = [-7408, -1616, 7408, 1616] as const;

/** The last taps, twice one after the other, so that they can always be read in a row. */
class Delay {
  readonly #values = new Int32Array(taps * 2);
  #at = 0;

  push(first: number, second: number): void {
    this.#put(first);
    this.#put(second);
  }

  /** Sums over every other tap, the filter forwards and backwards. */
  sums(): readonly [number, number] {
    let forwards = 0;
    let backwards = 0;
    const values = this.#values;
    for (let at = 0; at < 12; at += 1) {
      forwards += (values[this.#at + 2 * at] ?? 0) * (filter[at] ?? 0);
      backwards += (values[this.#at + 2 * at + 1] ?? 0) * (filter[11 - at] ?? 0);
    }
    return [forwards, backwards];
  }

  #put(value: number): void {
    this.#values[this.#at] = value;
    this.#values[this.#at + taps] = value;
    this.#at = (this.#at + 1) % taps;
  }
}

export class G722Decoder {
  readonly #low = new Band("low");
  readonly #high = new Band("high");
  readonly #delay = new Delay();

  decode(payload: Uint8Array): Samples {
    const decoded = new Float32Array(payload.length * 2);
    for (let at = 0; at < payload.length; at += 1) {
      const byte = payload[at] ?? 0;
      const [lowCode, highCode] = [byte & 0x3f, byte >> 6];
      const low = bound(this.#low.prediction + ((this.#low.step * (lowValues[lowCode] ?? 0)) >> 15));
      const high = bound(this.#high.prediction + ((this.#high.step * (highValues[highCode] ?? 0)) >> 15));
      this.#low.adapt(lowCode >> 2);
      this.#high.adapt(highCode);
      this.#delay.push(low + high, low - high);
      const [second, first] = this.#delay.sums();
      decoded[2 * at] = saturate(first >> 11) / sixteenBits;
      decoded[2 * at + 1] = saturate(second >> 11) / sixteenBits;
    }
    return decoded;
  }
}

export class G722Encoder {
  readonly #low = new Band("low");
  readonly #high = new Band("high");
  readonly #delay = new Delay();

  encode(samples: Samples): Uint8Array {
    const encoded = new Uint8Array(samples.length >> 1);
    for (let at = 0; at < encoded.length; at += 1) {
      this.#delay.push(toInteger(samples[2 * at]), toInteger(samples[2 * at + 1]));
      const [odd, even] = this.#delay.sums();
      const low = lowCodeOf(saturate(((even + odd) >> 14) - this.#low.prediction), this.#low.step);
      const high = highCodeOf(saturate(((even - odd) >> 14) - this.#high.prediction), this.#high.step);
      this.#low.adapt(low >> 2);
      this.#high.adapt(high);
      encoded[at] = (high << 6) | low;
    }
    return encoded;
  }
}

function toInteger(sample: number | undefined): number {
  return saturate(Math.round((sample ?? 0) * sixteenBits));
}

function bound(value: number): number {
  return Math.max(-16_384, Math.min(16_383, value));
}

function lowCodeOf(difference: number, step: number): number {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  let level = 1;
  while (level < levels.length && magnitude >= ((levels[level] ?? 0) * step) >> 12) level += 1;
  if (difference >= 0) return 62 - level;
  return level < 3 ? 64 - level : 34 - level;
}

function highCodeOf(difference: number, step: number): number {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  const isFar = magnitude >= (highLevel * step) >> 12;
  if (difference >= 0) return isFar ? 2 : 3;
  return isFar ? 0 : 1;
}
