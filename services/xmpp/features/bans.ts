import { createHash } from "node:crypto";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import { type Ban, isBanned } from "../domain/bans.ts";
import type { Keeper } from "../state/keeper.ts";
import { isAuthenticated } from "../stream/identity.ts";
import type { RoomOf, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { Feature } from "./feature.ts";

type Given = { readonly sessions: Sessions; readonly keeper: Keeper };

const name = "bans";
const forbidden = stanzaError("auth", "forbidden", "you were sent away from this meeting");

/**
 * A ban holds for the sitting. Addresses of anonymous people and of who comes with a token change with each stream, so
 * they are known again by the machine they said they run on, and by the person they have proved to be.
 */
export function bans({ sessions, keeper }: Given): Feature {
  const byRoom = new WeakMap<RoomOf, Map<string, Ban>>();
  const bansOf = (room: RoomOf) => {
    const known = byRoom.get(room) ?? new Map<string, Ban>();
    byRoom.set(room, known);
    return known;
  };
  return {
    rooms: {
      name,
      refuseEntry: (room, { session }) => {
        const isGuest = room.affiliationOf(session.jid.bare) === "none";
        return isGuest && isBanned(bansOf(room).values(), whoIs(session)) ? forbidden : undefined;
      },
      affiliationChanged: (room, bareJid, before) => {
        const isOutcast = room.affiliationOf(bareJid) === "outcast";
        if (!isOutcast && before !== "outcast") return;
        const streams = isOutcast ? sessions.withBareJid(bareJid) : [];
        const ban = streams.length > 0 ? banOf(room, streams) : undefined;
        if (ban) bansOf(room).set(bareJid, ban);
        else bansOf(room).delete(bareJid);
        keeper.keepItem(room, name, itemOf(bareJid), ban && { bareJid, ...ban });
      },
      restored: (room, items) => {
        for (const value of items.values()) {
          const { bareJid, machineUids, persons } = value as Ban & { readonly bareJid: string };
          bansOf(room).set(bareJid, { machineUids, persons });
        }
      },
    },
  };
}

/** A machine that a moderator of the room uses as well is not banned with who was on it. */
function banOf(room: RoomOf, streams: readonly Session[]): Ban {
  const spared = new Set(
    [...room.occupants.values()]
      .filter((occupant) => room.roleOf(occupant) === "moderator")
      .map(({ receiver }) => receiver.machineUid),
  );
  const facts = streams.map(whoIs);
  return {
    machineUids: facts.map(({ machineUid }) => machineUid).filter((uid) => uid !== "" && !spared.has(uid)),
    persons: facts.map(({ person }) => person).filter((person) => person !== ""),
  };
}

function whoIs({ machineUid, identity }: Session) {
  return { machineUid, person: isAuthenticated(identity) ? identity.person : "" };
}

function itemOf(bareJid: string): string {
  return createHash("sha256").update(bareJid).digest("hex").slice(0, 32);
}
