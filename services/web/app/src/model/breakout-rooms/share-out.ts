import type { MeetingRoom } from "../../protocol/conference/breakout-rooms.ts";

export interface Assignment {
  readonly person: string;
  readonly room: string;
}

/** Spreads people over rooms by chance, each to where the fewest are. `random` gives numbers from 0 up to 1. */
export function shareOut(
  people: readonly string[],
  rooms: readonly MeetingRoom[],
  random: () => number,
): readonly Assignment[] {
  if (rooms.length === 0) return [];
  const sizes = new Map(rooms.map(({ jid, people: inside }) => [jid, inside.length]));
  return shuffled(people, random).map((person) => {
    const [room = "", size = 0] = [...sizes].reduce((least, each) => (each[1] < least[1] ? each : least));
    sizes.set(room, size + 1);
    return { person, room };
  });
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
