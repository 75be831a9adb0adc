/** What is known of the line to a receiver, and what of it is left for pictures. */

/** Smaller changes of an estimate are no reason to decide anew. */
const notableChange = 0.15;
/** Then it is decided anew in any case: what sources send changes too. */
const staleAfterMs = 5_000;
/** So much is kept for the next one to speak. */
const voiceBps = 40_000;

export function isNewsOf(allocatedFor: number | undefined, estimateBps: number, ageMs: number): boolean {
  if (allocatedFor === undefined || ageMs >= staleAfterMs) return true;
  return Math.abs(estimateBps - allocatedFor) >= allocatedFor * notableChange;
}

/** Sound is never held back, so what it takes is gone before pictures are thought of. */
export function forPictures(estimateBps: number, soundBps: number): number {
  return Math.max(0, estimateBps - soundBps - voiceBps);
}
