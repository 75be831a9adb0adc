import type { WriteBehind } from "../state/write-behind.ts";
import type { RoomOf } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { RoomEvents } from "./room-events.ts";
import type { Rooms } from "./rooms.ts";

/** The state of the server for people who look for a fault. No names, addresses, passwords or texts. */
export function describeServer(rooms: Rooms, sessions: Sessions, writeBehind: WriteBehind, events: RoomEvents): object {
  return {
    sessions: sessions.size,
    interrupted: sessions.interrupted,
    recordsWaiting: writeBehind.pending,
    rooms: [...rooms.all()].map((room) => describeRoom(room, events)),
  };
}

function describeRoom(room: RoomOf, events: RoomEvents): object {
  return {
    room: room.address.room,
    jid: room.address.jid,
    meeting: room.meetingId,
    createdMs: room.createdMs,
    startedMs: room.startedMs,
    seq: events.sequenceOf(room),
    hasFocus: room.focus !== undefined,
    hasPassword: room.password !== "",
    isMembersOnly: room.isMembersOnly,
    history: room.history.length,
    occupants: [...room.occupants.values()].map((occupant) => ({
      endpoint: occupant.nick,
      jid: occupant.realJid,
      role: room.roleOf(occupant),
      affiliation: room.affiliationOf(occupant.bareJid),
      isInterrupted: occupant.isInterrupted,
      joinedMs: occupant.joinedMs,
      transport: occupant.receiver.link?.kind ?? "none",
      unacknowledged: occupant.receiver.counts?.unacknowledged.length ?? 0,
      sources: occupant.facts.sources.map(({ name, muted }) => ({ name, muted })),
      raisedHandMs: occupant.facts.raisedHandMs,
      features: occupant.capabilities.length,
    })),
  };
}
