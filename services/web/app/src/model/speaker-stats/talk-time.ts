/** How long everybody has been the dominant speaker: what the server had counted before, and what we have seen since. */
export interface TalkTime {
  readonly ms: ReadonlyMap<string, number>;
  readonly speaker: string | undefined;
  readonly since: number;
}

export const nobodySpoke: TalkTime = { ms: new Map(), speaker: undefined, since: 0 };

export function speakerChanged(before: TalkTime, speaker: string | undefined, now: number): TalkTime {
  return { ms: totals(before, now), speaker, since: now };
}

/** What the server says replaces what we have counted of the same people. */
export function serverTold(before: TalkTime, told: Iterable<readonly [string, number]>, now: number): TalkTime {
  return { ...before, ms: new Map([...totals(before, now), ...told]), since: now };
}

export function spokenMs(time: TalkTime, id: string, now: number): number {
  return (time.ms.get(id) ?? 0) + (time.speaker === id ? Math.max(0, now - time.since) : 0);
}

function totals(time: TalkTime, now: number): ReadonlyMap<string, number> {
  const { ms, speaker } = time;
  return speaker === undefined ? ms : new Map(ms).set(speaker, spokenMs(time, speaker, now));
}
