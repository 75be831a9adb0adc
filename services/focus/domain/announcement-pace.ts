/**
 * How often one receiver is told of sources, by the size of the conference (Jicofo's source-signaling-delays): what comes
 * up within that time goes together in one announcement, since each costs the receiver a renegotiation. The first after a
 * quiet while goes out at once.
 */
export type AnnouncementPace = readonly { readonly fromSize: number; readonly delayMs: number }[];

export const defaultPace: AnnouncementPace = [
  { fromSize: 10, delayMs: 200 },
  { fromSize: 30, delayMs: 500 },
  { fromSize: 100, delayMs: 1_000 },
];

/** Between two announcements to one receiver. */
export function paceMs(pace: AnnouncementPace, size: number): number {
  return pace.findLast(({ fromSize }) => fromSize <= size)?.delayMs ?? 0;
}

/** While so many are on their way in, whoever is in is told of newcomers less often still. */
export const burst = { fromNewcomers: 20, factor: 3 } as const;

/** Until the next announcement to one receiver, while so many are invited but not in yet. */
export function paceInBurstMs(pace: AnnouncementPace, size: number, newcomers: number): number {
  return paceMs(pace, size) * (newcomers >= burst.fromNewcomers ? burst.factor : 1);
}

const longestDelayMs = 10_000;
const entryPattern = /^(\d{1,6})\s*[:=]\s*(\d{1,6})$/;

/** "{ 50: 1000, 100: 2000 }", as Jicofo's configuration writes it; undefined where it is something else. */
export function readPace(text: string): AnnouncementPace | undefined {
  const inner = /^\{(.*)\}$/.exec(text.trim())?.[1] ?? text;
  const parts = inner.split(",").map((part) => part.trim());
  const pace = parts.flatMap((part) => {
    const [, fromSize, delayMs] = entryPattern.exec(part) ?? [];
    return fromSize === undefined || delayMs === undefined
      ? []
      : { fromSize: Number(fromSize), delayMs: Number(delayMs) };
  });
  const isEmpty = parts.every((part) => part === "");
  if ((!isEmpty && pace.length < parts.length) || pace.some(({ delayMs }) => delayMs > longestDelayMs))
    return undefined;
  return pace.sort((a, b) => a.fromSize - b.fromSize);
}

export function formatPace(pace: AnnouncementPace): string {
  return `{ ${pace.map(({ fromSize, delayMs }) => `${fromSize}: ${delayMs}`).join(", ")} }`;
}
