/** Who has been in the meeting and for how long, as far as this page has seen it. */
export interface Visitor {
  /** Endpoint ids, one for each time they came. */
  readonly ids: readonly string[];
  readonly name: string;
  readonly isModerator: boolean;
  /** By telephone. */
  readonly isPhone: boolean;
  readonly isPresent: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Without the times between leaving and coming back. */
  readonly presentMs: number;
  readonly visits: number;
}

export interface Present {
  readonly id: string;
  readonly name: string;
  readonly isModerator: boolean;
  readonly isPhone: boolean;
}

/** Who moves between rooms, or whose line breaks, has not been away. */
const GAP_MS = 20_000;
/** In a meeting open for days; the oldest who are gone make room. */
export const MAX_VISITORS = 2000;

/** What the list is now that exactly these are present. */
export function attend(before: readonly Visitor[], present: readonly Present[], now: number): readonly Visitor[] {
  const known = new Map(present.map((each) => [each.id, each]));
  const seen = new Set<string>();
  const kept = before.map((visitor) => {
    const here = visitor.ids.map((id) => known.get(id)).find((each) => each !== undefined);
    if (!here) return visitor.isPresent ? { ...goOn(visitor, visitor, now), isPresent: false } : visitor;
    seen.add(here.id);
    return goOn(visitor, here, now);
  });
  const list: Visitor[] = kept;
  for (const one of present) {
    if (seen.has(one.id)) continue;
    const isSame = (each: Visitor) => !each.isPresent && each.name === one.name && each.isPhone === one.isPhone;
    const index = one.name === "" ? -1 : list.findIndex(isSame);
    const old = list[index];
    if (old) list[index] = goOn({ ...old, ids: [...old.ids, one.id] }, one, now);
    else list.push(begin(one, now));
  }
  return list.length > MAX_VISITORS ? withoutOldest(list) : list;
}

/** Those who are still there have been there until now. */
export function until(list: readonly Visitor[], now: number): readonly Visitor[] {
  return list.map((visitor) => (visitor.isPresent ? goOn(visitor, visitor, now) : visitor));
}

function begin({ id, name, isModerator, isPhone }: Present, now: number): Visitor {
  return {
    ids: [id],
    name,
    isModerator,
    isPhone,
    isPresent: true,
    firstSeen: now,
    lastSeen: now,
    presentMs: 0,
    visits: 1,
  };
}

function goOn(visitor: Visitor, { name, isModerator }: Pick<Present, "name" | "isModerator">, now: number): Visitor {
  const gap = Math.max(0, now - visitor.lastSeen);
  const stayed = visitor.isPresent || gap <= GAP_MS;
  return {
    ...visitor,
    name: name || visitor.name,
    isModerator,
    isPresent: true,
    lastSeen: now,
    presentMs: visitor.presentMs + (stayed ? gap : 0),
    visits: visitor.visits + (stayed ? 0 : 1),
  };
}

function withoutOldest(list: readonly Visitor[]): readonly Visitor[] {
  const gone = list.filter(({ isPresent }) => !isPresent).sort((a, b) => a.lastSeen - b.lastSeen);
  const dropped = new Set(gone.slice(0, list.length - MAX_VISITORS));
  return list.filter((visitor) => !dropped.has(visitor));
}
