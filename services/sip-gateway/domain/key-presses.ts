/**
 * One press of a key may come three ways: as telephone-event, as SIP INFO, and heard in the sound. A press that comes
 * another way within the window is the same press; one that comes the same way again is the next.
 */

export type KeyWay = "rtp" | "info" | "inband";

export type Press = { readonly digit: string; readonly atMs: number; readonly ways: readonly KeyWay[] };

/** Detection in sound takes a tenth of a second, INFO goes through proxies and is repeated after 500 ms. */
export const sameKeyMs = 1_200;

/** The presses to remember, and whether this is a new one. */
export function notePress(
  recent: readonly Press[],
  digit: string,
  way: KeyWay,
  now: number,
): { readonly recent: readonly Press[]; readonly isNew: boolean } {
  const kept = recent.filter(({ atMs }) => now - atMs < sameKeyMs);
  const at = kept.findIndex((press) => press.digit === digit && !press.ways.includes(way));
  const same = kept[at];
  if (same === undefined) return { recent: [...kept, { digit, atMs: now, ways: [way] }], isNew: true };
  return { recent: kept.with(at, { ...same, ways: [...same.ways, way] }), isNew: false };
}
