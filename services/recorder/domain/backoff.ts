/** A capture that broke is begun anew, later each time, until it has broken too often in a row. */

export const captureRules = {
  /** Before each further try: a browser that crashed once is missed for as short as can be. */
  waitsMs: [100, 1_000, 2_000, 4_000],
  /** Who ran for so long starts from the first try again. */
  goodAfterMs: 10_000,
} as const;

/** `failures`: in a row, this one among them. Undefined: no further try. */
export function nextTryMs(failures: number): number | undefined {
  return captureRules.waitsMs[failures - 1];
}

/** How many failures in a row it is now, with one that came after `ranMs` of capturing. */
export function failuresNow(before: number, ranMs: number): number {
  return ranMs >= captureRules.goodAfterMs ? 1 : before + 1;
}
