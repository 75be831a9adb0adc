/**
 * Who sits where. A seat is kept for as long as its owner is there: people are found where they were seen last, and
 * only somebody who speaks without being seen changes places, with whoever in sight has been silent longest.
 */

/** Newcomers come last; who has left leaves a gap that closes. */
export function seat(order: readonly string[], present: readonly string[]): readonly string[] {
  const here = new Set(present);
  const kept = order.filter((key) => here.has(key));
  const known = new Set(kept);
  const next = [...kept, ...present.filter((key) => !known.has(key))];
  return isSame(order, next) ? order : next;
}

/** `seen` are those in sight who may give way; `spokeAt` says who spoke last, by a growing number. */
export function bringIntoSight(
  order: readonly string[],
  speaker: string,
  seen: readonly string[],
  spokeAt: ReadonlyMap<string, number>,
): readonly string[] {
  const [first] = seen;
  if (first === undefined || seen.includes(speaker)) return order;
  const when = (key: string) => spokeAt.get(key) ?? 0;
  // Of those who have been silent alike the last one: the first are looked at most.
  const quietest = seen.reduce((best, key) => (when(key) <= when(best) ? key : best), first);
  return exchange(order, quietest, speaker);
}

export function exchange(order: readonly string[], one: string, other: string): readonly string[] {
  if (one === other || !order.includes(one) || !order.includes(other)) return order;
  return order.map((key) => (key === one ? other : key === other ? one : key));
}

function isSame(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((key, index) => key === after[index]);
}

/** Who is large for having spoken: a new speaker takes the place of the one who has been silent longest. */
export function seatSpeaker(
  speakers: readonly string[],
  speaker: string,
  places: number,
  spokeAt: ReadonlyMap<string, number>,
): readonly string[] {
  if (speakers.includes(speaker) && speakers.length <= places) return speakers;
  const when = (key: string) => spokeAt.get(key) ?? 0;
  const staying = speakers
    .filter((each) => each !== speaker)
    .toSorted((a, b) => when(b) - when(a))
    .slice(0, places);
  if (staying.length < places) return [...speakers.filter((each) => staying.includes(each)), speaker];
  const quietest = staying.at(-1);
  return speakers.flatMap((each) => (each === quietest ? speaker : staying.includes(each) ? each : []));
}
