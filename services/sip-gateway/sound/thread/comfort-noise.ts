import type { Samples } from "../codecs/codec.ts";

/** About as loud as a quiet line, in dBov: heard, and never minded. */
export const noiseLevel = 66;

const length = 16_000;
/** Evenly spread noise has a third of its peak's power. */
const peak = 10 ** (-noiseLevel / 20) * Math.sqrt(3);
const noise = makeNoise();

/** Added while nobody speaks, so that the line is not taken for dead. In place. */
export function addNoise(samples: Samples, tick: number): Samples {
  // A step that is prime to the length: no two frames that follow one another are alike.
  const start = (tick * 7_919) % length;
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) + (noise[(start + at) % length] ?? 0);
  return samples;
}

/** The level alone (RFC 3389 3). */
export function comfortNoisePayload(): Buffer {
  return Buffer.from([noiseLevel]);
}

function makeNoise(): Samples {
  let seed = 1;
  return Float32Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 1_073_741_824 - 1) * peak;
  });
}
