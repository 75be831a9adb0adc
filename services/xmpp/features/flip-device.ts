import { stanzaError } from "../codec/rfc6120-stanza.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { isAuthenticated } from "../stream/identity.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";

const element = "flip_device";
const notAllowed = stanzaError("cancel", "not-allowed", "this device can't take the place of another");

/**
 * Going on with a meeting on another device: who has signed in, and may `flip`, takes their own place; the other device
 * is shown out. COMPAT: clients know the difference to being kicked by `<flip_device/>` in the presence.
 */
export function flipDevice(rooms: Rooms): Feature {
  const flipping = new WeakMap<RoomOf, Map<Session, OccupantOf>>();
  return {
    rooms: {
      name: "flip-device",
      refuseEntry: (room, { session, presence }) =>
        wantsToFlip(presence) && !mayFlip(room, session) ? notAllowed : undefined,
      mayPass: (room, { session, presence }, refusal) =>
        (refusal === "members-only" || refusal === "password" || refusal === "full") &&
        wantsToFlip(presence) &&
        otherDevice(room, session) !== undefined,
      welcome: (room, { receiver, bareJid, payload }) => {
        const other = payload.includes(`<${element}`) ? otherDevice(room, receiver) : undefined;
        if (!other) return;
        const pairs = flipping.get(room) ?? new Map<Session, OccupantOf>();
        flipping.set(room, pairs.set(receiver, other));
        const affiliation = room.affiliationOf(other.bareJid);
        if (room.affiliationOf(bareJid) === "none") rooms.setAffiliationQuietly(room, bareJid, affiliation);
      },
      entered: (room, { receiver }) => {
        const other = flipping.get(room)?.get(receiver);
        flipping.get(room)?.delete(receiver);
        if (other) rooms.leave(room, other, "replaced", { statuses: [mucStatus.kicked], payload: `<${element}/>` });
      },
    },
  };
}

function wantsToFlip(presence: Element): boolean {
  return childOf(presence, element) !== undefined;
}

/** A token that names features has to name this one; else moderators may. */
function mayFlip(room: RoomOf, session: Session): boolean {
  const { identity } = session;
  if (!isAuthenticated(identity)) return false;
  if (identity.features) return identity.features.flip === true;
  const other = otherDevice(room, session);
  return other === undefined || room.roleOf(other) === "moderator";
}

function otherDevice(room: RoomOf, { identity, jid }: Session): OccupantOf | undefined {
  if (!isAuthenticated(identity) || identity.person === "") return undefined;
  return [...room.occupants.values()].find(
    ({ receiver, realJid }) => realJid !== jid.full && receiver.identity.person === identity.person,
  );
}
