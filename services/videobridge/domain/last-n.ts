/** The least of several last-N values; -1 and undefined are no limit. */
export function leastLastN(...values: readonly (number | undefined)[]): number {
  const limited = values.filter((value) => value !== undefined && value >= 0) as number[];
  return limited.length > 0 ? Math.min(...limited) : -1;
}

/** What a loaded bridge leaves of last-N; -1: all. */
export type LoadReduction = { readonly lastN: number; readonly changedAt: number };

export const noReduction: LoadReduction = { lastN: -1, changedAt: Number.NEGATIVE_INFINITY };

export const reduction = {
  stress: 1,
  /** Below this it is taken back: what was taken away comes back as load. */
  recoveryStress: 0.7,
  scale: 0.75,
  /** A step shows in the load after this. */
  effectMs: 20_000,
  least: 1,
} as const;

/** `forwarded`: the most pictures that anybody gets now. */
export function reduceLastN(before: LoadReduction, stress: number, forwarded: number, now: number): LoadReduction {
  if (now - before.changedAt < reduction.effectMs) return before;
  if (stress >= reduction.stress) {
    const from = before.lastN < 0 ? forwarded : Math.min(before.lastN, forwarded);
    const lastN = Math.max(reduction.least, Math.floor(from * reduction.scale));
    return lastN === before.lastN ? before : { lastN, changedAt: now };
  }
  if (before.lastN < 0 || stress >= reduction.recoveryStress) return before;
  // Nobody is at the limit any more, so it holds nobody back.
  if (forwarded < before.lastN) return { lastN: -1, changedAt: now };
  return { lastN: Math.ceil(before.lastN / reduction.scale), changedAt: now };
}
