import type { Rooms } from "../rooms/rooms.ts";
import type { Keeper } from "../state/keeper.ts";
import { type Identity, isAuthenticated } from "../stream/identity.ts";
import type { RoomOf, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { Feature } from "./feature.ts";

type Given = { readonly rooms: Rooms; readonly sessions: Sessions; readonly keeper: Keeper };

const name = "members";

/**
 * Membership of who has signed in is the person's, not the address's: with a token each stream has another address, and
 * a moderator who loads the page again is not to wait in their own lobby.
 */
export function returningMembers({ rooms, sessions, keeper }: Given): Feature {
  const byRoom = new WeakMap<RoomOf, Set<string>>();
  const membersOf = (room: RoomOf) => {
    const known = byRoom.get(room) ?? new Set<string>();
    byRoom.set(room, known);
    return known;
  };
  const isReturning = (room: RoomOf, { identity, jid }: Session) =>
    room.affiliationOf(jid.bare) === "none" && isKnown(identity) && membersOf(room).has(identity.person);
  return {
    rooms: {
      name,
      mayPass: (room, { session }, refusal) =>
        (refusal === "members-only" || refusal === "password") && isReturning(room, session),
      welcome: (room, { receiver, bareJid }) => {
        if (isReturning(room, receiver)) rooms.setAffiliationQuietly(room, bareJid, "member");
      },
      affiliationChanged: (room, bareJid) => {
        const affiliation = room.affiliationOf(bareJid);
        const isMember = affiliation !== "none" && affiliation !== "outcast";
        for (const { identity } of sessions.withBareJid(bareJid)) {
          if (!isKnown(identity) || membersOf(room).has(identity.person) === isMember) continue;
          if (isMember) membersOf(room).add(identity.person);
          else membersOf(room).delete(identity.person);
          keeper.keepItem(room, name, identity.person, isMember || undefined);
        }
      },
      restored: (room, items) => void byRoom.set(room, new Set(items.keys())),
    },
  };
}

function isKnown(identity: Identity): boolean {
  return isAuthenticated(identity) && identity.person !== "";
}
