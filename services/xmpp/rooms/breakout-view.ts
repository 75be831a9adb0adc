import type { ShownParticipant, ShownRoom } from "../codec/jitsi-breakout-rooms.ts";
import { type Domains, decodeName } from "../domains.ts";
import type { RoomOf } from "../stream/session.ts";
import type { BreakoutGroup } from "./breakout-groups.ts";
import { occupantJid } from "./room-stanzas.ts";
import type { Rooms } from "./rooms.ts";

/** All rooms of a group as clients show them, the main room first. */
export function viewOf(group: BreakoutGroup, rooms: Rooms, domains: Domains): readonly ShownRoom[] {
  const { main } = group;
  const { name, jid } = main.address;
  const mainName = main.subject === "" ? decodeName(name) : main.subject;
  const shownMain = { id: name, jid, name: mainName, isMainRoom: true, participants: participantsOf(main, domains) };
  const shown = [...group.breakouts.values()].map(({ address, subject }) => ({
    id: address.name,
    jid: address.jid,
    name: subject,
    participants: participantsOf(rooms.get(address.jid), domains),
  }));
  return [shownMain, ...shown];
}

function participantsOf(room: RoomOf | undefined, domains: Domains): Readonly<Record<string, ShownParticipant>> {
  const shown: Record<string, ShownParticipant> = {};
  for (const occupant of room?.occupants.values() ?? []) {
    if (!room || occupant.receiver.jid.domain === domains.hidden) continue;
    const { displayName } = occupant.facts;
    shown[occupantJid(room, occupant.nick)] = {
      jid: occupant.realJid,
      role: room.roleOf(occupant),
      ...(displayName === "" ? {} : { displayName }),
    };
  }
  return shown;
}
