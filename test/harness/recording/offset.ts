/** How far sound and picture are apart, from flashes and beeps that belong together. */

export type Offset = {
  /** Positive: the sound is late. */
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly pairs: number;
};

const farthestMs = 900;

/** Each flash with the beep nearest to it. */
export function offsetOf(flashes: readonly number[], beeps: readonly number[]): Offset {
  const apart = flashes
    .map((flash) =>
      beeps
        .map((beep) => (beep - flash) * 1000)
        .reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), Number.POSITIVE_INFINITY),
    )
    .filter((one) => Math.abs(one) < farthestMs)
    .sort((one, other) => one - other);
  const at = (index: number) => Math.round(apart[index] ?? Number.NaN);
  return {
    medianMs: at(Math.floor(apart.length / 2)),
    leastMs: at(0),
    mostMs: at(apart.length - 1),
    pairs: apart.length,
  };
}
