import type { Samples } from "../codecs/codec.ts";

const most = 0.95;
/** How fast it turns up again: in each frame of 20 ms. */
const release = 0.04;
/** How fast it turns down. */
const attackMs = 1;

/** Turns the sum of several voices down where it would clip. In place. */
export class Limiter {
  #gain = 1;

  limit(samples: Samples): Samples {
    let peak = 0;
    for (let at = 0; at < samples.length; at += 1) {
      const value = Math.abs(samples[at] ?? 0);
      if (value > peak) peak = value;
    }
    const wanted = Math.min(1, most / Math.max(peak, most), this.#gain + release);
    if (wanted === 1 && this.#gain === 1) return samples;
    const ramp = wanted < this.#gain ? Math.max(1, (samples.length / 20) * attackMs) : samples.length;
    for (let at = 0; at < samples.length; at += 1) {
      const gain = at < ramp ? this.#gain + ((wanted - this.#gain) * at) / ramp : wanted;
      samples[at] = Math.max(-1, Math.min(1, (samples[at] ?? 0) * gain));
    }
    this.#gain = wanted;
    return samples;
  }
}
