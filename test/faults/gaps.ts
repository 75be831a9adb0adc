/** How long a light participant was without somebody's sound or picture, whatever SSRCs they came with. */
import type { IncomingStream, Reception } from "../load/media/reception.ts";

/**
 * Within this people see and hear each other again. A machine that runs CI may be shared and three times as slow: there
 * the figure is printed, and only what never came back in time for anybody to stay fails.
 */
export const mediaBackMs: number = process.env.CI ? 15_000 : 5_000;
/** Of those whom a fault does not concern: what a busy machine may do to anybody. */
export const untouchedMs: number = process.env.CI ? 5_000 : 1_500;

export type Gaps = { readonly audio: number; readonly video: number };
type Kind = keyof Gaps;

/** From whom something arrived since then, and what. */
export function owners(reception: Reception, sinceMs = 0): ReadonlyMap<string, ReadonlySet<Kind>> {
  const found = new Map<string, Set<Kind>>();
  for (const { announced, lastAtMs } of reception.streams) {
    if (lastAtMs < sinceMs) continue;
    const { owner, kind } = announced;
    if (kind !== "audio" && kind !== "video") continue;
    found.set(owner, (found.get(owner) ?? new Set()).add(kind));
  }
  return found;
}

/** The longest times without a packet of that owner since then; where none came at all, all the time. */
export function longestGapMs(reception: Reception, owner: string, sinceMs: number): Gaps {
  const of = (kind: Kind) =>
    longest(
      reception.streams.filter(({ announced }) => announced.owner === owner && announced.kind === kind),
      sinceMs,
    );
  return { audio: of("audio"), video: of("video") };
}

function longest(streams: readonly IncomingStream[], sinceMs: number): number {
  let [gap, lastAtMs] = [0, sinceMs];
  for (const stream of streams.toSorted((a, b) => a.firstAtMs - b.firstAtMs)) {
    gap = Math.max(gap, stream.firstAtMs - lastAtMs, stream.longestGapMs);
    lastAtMs = Math.max(lastAtMs, stream.lastAtMs);
  }
  return Math.max(gap, performance.now() - lastAtMs);
}
