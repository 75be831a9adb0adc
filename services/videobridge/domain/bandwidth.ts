import type { Allocation } from "./allocator.ts";

/** What is known of the line to a receiver, and what of it is left for pictures. */

/** Smaller changes of an estimate are no reason to decide anew. */
const notableChange = 0.15;
/** Then it is decided anew in any case: what sources send changes too. */
const staleAfterMs = 5_000;
/** So much is kept for the next one to speak. */
const voiceBps = 40_000;
/** A picture's rate wavers; at its floor it is not to be suspended for that. */
const floorShare = 1.25;

export function isNewsOf(allocatedFor: number | undefined, estimateBps: number, ageMs: number): boolean {
  if (allocatedFor === undefined || ageMs >= staleAfterMs) return true;
  return Math.abs(estimateBps - allocatedFor) >= allocatedFor * notableChange;
}

/** A line that suddenly carries so much less is full of what nobody can use any more. */
const collapsedShare = 0.75;

export function isCollapse(allocatedFor: number | undefined, estimateBps: number | undefined): boolean {
  return allocatedFor !== undefined && estimateBps !== undefined && estimateBps < allocatedFor * collapsedShare;
}

/** After a line took something away, it is given back with caution for so long; longer each time, if it falls again soon. */
export type Caution = { readonly until: number; readonly spanMs: number };

const cautionMs = 4_000;
const longestCautionMs = 16_000;
/** A line that held for so long after caution has ended is as good as any. */
const forgivenAfterMs = 30_000;

export const noCaution: Caution = { until: Number.NEGATIVE_INFINITY, spanMs: 0 };

export function growCautious({ until, spanMs }: Caution, now: number): Caution {
  if (now - until >= forgivenAfterMs) return { until: now + cautionMs, spanMs: cautionMs };
  // While it lasts, what falls is one and the same fall.
  const span = now <= until ? spanMs : Math.min(2 * spanMs, longestCautionMs);
  return { until: now + span, spanMs: span };
}

/** Sound is never held back, so what it takes is gone before pictures are thought of. */
export function forPictures(estimateBps: number, soundBps: number): number {
  return Math.max(0, estimateBps - soundBps - voiceBps);
}

/** What a client may say of its line instead of the estimate, as far as the operator lets it; undefined: nothing. */
export function assumedBandwidth(saidBps: number, limitBps: number): number | undefined {
  return saidBps > 0 && limitBps > 0 ? Math.min(saidBps, limitBps) : undefined;
}

/** What the media engine is to take the line for at least: it divides by its own estimate, and would not oversend. */
export function floorOf(
  { isOversending, targetBps }: Allocation,
  soundBps: number,
  assumedBps: number | undefined,
): number {
  if (assumedBps !== undefined) return assumedBps;
  return isOversending ? Math.ceil(targetBps * floorShare + soundBps) : 0;
}
