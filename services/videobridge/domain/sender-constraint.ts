import { comparableHeight } from "./constraints.ts";

/** A raise is told soon, since somebody waits for it; a fall late, since the next layout may want it back. */
const raiseDelayMs = 100;
const fallDelayMs = 1_000;

/**
 * How long to wait before telling a sender that its receivers now want `wanted`. Undefined: it knows. A sender that was
 * never told sends all it has, and one whose picture nobody wanted is woken at once.
 */
export function announcementDelayMs(told: number | undefined, wanted: number): number | undefined {
  if (told === wanted) return undefined;
  if (told === 0) return 0;
  if (told !== undefined && comparableHeight(wanted) > comparableHeight(told)) return raiseDelayMs;
  return fallDelayMs;
}
