/** How full the volume of the recordings may become. */

export type DiskLevel = "good" | "low" | "full";

export type DiskRules = {
  /** Below it there are warnings. */
  readonly warnBytes: number;
  /** What stays free. */
  readonly minBytes: number;
};

/** A volume that was warned of must have this much more before all is well: no warning each second. */
const hysteresis = 1.05;

/**
 * What has to be free for everything that runs to come to a good end: joining the parts of a recording takes its size once
 * more, one recording at a time, and what the operator keeps free stays free meanwhile.
 */
export function diskReserve({ minBytes }: DiskRules, unfinishedBytes: readonly number[]): number {
  return minBytes + Math.max(0, ...unfinishedBytes);
}

export function diskLevel(
  freeBytes: number,
  rules: DiskRules,
  unfinishedBytes: readonly number[],
  before: DiskLevel = "good",
): DiskLevel {
  const slack = (level: DiskLevel) => (before === level ? hysteresis : 1);
  const reserve = diskReserve(rules, unfinishedBytes);
  if (freeBytes < reserve * slack("full")) return "full";
  const warn = Math.max(rules.warnBytes, reserve * 1.1);
  return freeBytes < warn * (before === "good" ? 1 : hysteresis) ? "low" : "good";
}
