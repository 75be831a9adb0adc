/** A capture that broke is begun anew, later each time, until it has broken too often in a row. */

export const captureRules = {
  triesInARow: 5,
  firstMs: 500,
  lastMs: 8_000,
  /** Who ran for so long starts from the first try again. */
  goodAfterMs: 60_000,
} as const;

/** `failures`: in a row, this one among them. Undefined: no further try. */
export function nextTryMs(failures: number): number | undefined {
  if (failures >= captureRules.triesInARow) return undefined;
  return Math.min(captureRules.lastMs, captureRules.firstMs * 2 ** (failures - 1));
}

/** How many failures in a row it is now, with one that came after `ranMs` of capturing. */
export function failuresNow(before: number, ranMs: number): number {
  return ranMs >= captureRules.goodAfterMs ? 1 : before + 1;
}
