import type { Samples } from "../codecs/codec.ts";

/** A tone without end, frame by frame. */
export function toneOf(hz: number, rateHz: number, amplitude = 0.25): (count: number) => Samples {
  let at = 0;
  return (count) => {
    const samples = Float32Array.from({ length: count }, (_, n) => {
      return amplitude * Math.sin((2 * Math.PI * hz * (at + n)) / rateHz);
    });
    at += count;
    return samples;
  };
}

/** How loud a tone is within the sound, in dB below a tone that is as loud as can be. With a window against leakage (Hann). */
export function tonePower(samples: Samples, hz: number, rateHz: number): number {
  let real = 0;
  let imaginary = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / samples.length);
    const turn = (2 * Math.PI * hz * at) / rateHz;
    real += (samples[at] ?? 0) * window * Math.cos(turn);
    imaginary += (samples[at] ?? 0) * window * Math.sin(turn);
  }
  const amplitude = (4 * Math.hypot(real, imaginary)) / samples.length;
  return 20 * Math.log10(Math.max(amplitude, 1e-9));
}

/** The last so many ms. */
export function lastOf(samples: Samples, ms: number, rateHz: number): Samples {
  return samples.subarray(Math.max(0, samples.length - (rateHz * ms) / 1_000));
}
