/** How fast a figure grows. */

export type Sample = { readonly atMs: number; readonly value: number };

/** By the least squares, in units an hour; NaN of fewer than two moments. */
export function slopePerHour(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const meanHours = mean(hoursOf);
  const meanValue = mean(({ value }) => value);
  const spread = samples.reduce((sum, each) => sum + (hoursOf(each) - meanHours) ** 2, 0);
  const common = samples.reduce((sum, each) => sum + (hoursOf(each) - meanHours) * (each.value - meanValue), 0);
  return common / spread;
}

function hoursOf({ atMs }: Sample): number {
  return atMs / 3_600_000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
