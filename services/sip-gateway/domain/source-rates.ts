/** Who fails too often is not listened to for a while: scanners, and guessers of codes. */

export type RateRules = { readonly most: number; readonly withinMs: number };

/** Failures by source, oldest first. */
export type Failures = ReadonlyMap<string, readonly number[]>;

/** Sources that are remembered: one that floods us with invented ones pushes out only others of its kind. */
export const sourcesAtMost = 10_000;

export function noteFailure(failures: Failures, source: string, now: number, rules: RateRules): Failures {
  const next = new Map(failures);
  const times = [...recent(failures.get(source), now, rules), now].slice(-rules.most);
  next.delete(source);
  next.set(source, times);
  const oldest = next.keys().next().value;
  if (next.size > sourcesAtMost && oldest !== undefined) next.delete(oldest);
  return next;
}

export function isShutOut(failures: Failures, source: string, now: number, rules: RateRules): boolean {
  return recent(failures.get(source), now, rules).length >= rules.most;
}

export function forgetFailures(failures: Failures, now: number, rules: RateRules): Failures {
  return new Map([...failures].filter(([, times]) => recent(times, now, rules).length > 0));
}

function recent(times: readonly number[] | undefined, now: number, { withinMs }: RateRules): readonly number[] {
  return (times ?? []).filter((at) => now - at < withinMs);
}
