import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { parseJid } from "../codec/jid.ts";
import type { Domains } from "../domains.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { RoomOf } from "../stream/session.ts";
import type { Feature } from "./feature.ts";

type Given = {
  readonly settings: Pick<LiveSettingsWatch, "current">;
  readonly rooms: Rooms;
  readonly domains: Domains;
};

/**
 * New rooms have a lobby, where the operator wants it. Somebody has to be there to let others in, so it begins with the
 * first moderator in the room; moderators may end it, as any lobby.
 */
export function lobbyAtOpening({ settings, rooms, domains }: Given): Feature {
  const waiting = new WeakSet<RoomOf>();
  const begin = (room: RoomOf) => {
    const hasModerator = [...room.occupants.values()].some(({ bareJid }) => room.affiliationOf(bareJid) === "owner");
    if (!hasModerator || !waiting.delete(room) || room.isMembersOnly) return;
    room.isMembersOnly = true;
    rooms.configured(room, ["lobby"]);
  };
  return {
    rooms: {
      name: "lobby-at-opening",
      opened: (room) => {
        // Who may be in a breakout room is for its main room to say.
        const jid = parseJid(room.address.jid);
        if (settings.current.lobby && jid && domains.roomAddress(jid)) waiting.add(room);
      },
      entered: begin,
      affiliationChanged: begin,
    },
  };
}
