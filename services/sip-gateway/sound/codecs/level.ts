import type { Samples } from "./codec.ts";

/** 127 is as good as silence. */
const silence = 127;

/** How loud it is in −dBov: 0 as loud as can be, 127 silent (RFC 6464). */
export function levelOf(samples: Samples): number {
  let energy = 0;
  for (let at = 0; at < samples.length; at += 1) energy += (samples[at] ?? 0) ** 2;
  const mean = energy / Math.max(1, samples.length);
  return mean <= 2e-13 ? silence : Math.max(0, Math.min(silence, Math.round(-10 * Math.log10(mean))));
}
