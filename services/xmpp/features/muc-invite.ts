import { ns } from "../codec/namespaces.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import { readInvitations, writeInvitation } from "../codec/xep0045-invitation.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { Limits } from "../limits.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { RoomOf, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { Feature } from "./feature.ts";
import { refuseStanza } from "./refuse.ts";

type Given = { readonly rooms: Rooms; readonly sessions: Sessions; readonly limits: Limits };

const forbidden = stanzaError("auth", "forbidden", "only a moderator may invite");
const isBanned = stanzaError("cancel", "not-allowed", "who was banned has to be let in first");
const notFound = stanzaError("cancel", "item-not-found", "nobody of this address is there");

/** Inviting through the room: who is invited becomes a member, so the lobby and the password let them pass. */
export function mucInvite(given: Given): Feature {
  return {
    roomMessage: (room, session, message) => {
      const x = childOf(message, "x", ns.mucUser);
      if (!x || !childOf(x, "invite")) return false;
      const error = invite(given, room, session, message);
      if (error) refuseStanza(session, message, room.address.jid, error);
      return true;
    },
  };
}

/** All are looked at before the first is invited. */
function invite({ rooms, sessions, limits }: Given, room: RoomOf, session: Session, message: Element) {
  if (room.affiliationOf(session.jid.bare) !== "owner") return forbidden;
  const read = readInvitations(message, limits.invitesPerMessage);
  if (!read.ok) return read.error;
  const invited = read.value.map((invitation) => {
    const streams = sessions.withBareJid(invitation.bareJid);
    const meant = streams.filter(({ jid }) => invitation.resource === "" || jid.resource === invitation.resource);
    return { ...invitation, meant };
  });
  if (invited.some(({ bareJid }) => room.affiliationOf(bareJid) === "outcast")) return isBanned;
  if (invited.every(({ meant }) => meant.length === 0)) return notFound;
  const nick = session.rooms.get(room.address.jid)?.occupant.nick ?? "";
  // A moderator who is in a breakout room invites to the main room by their own address.
  const by = nick === "" ? session.jid.full : occupantJid(room, nick);
  for (const { bareJid, meant, reason } of invited) {
    if (meant.length === 0) continue;
    if (room.affiliationOf(bareJid) === "none") rooms.setAffiliation(room, bareJid, "member", nick);
    for (const stream of meant) stream.send(writeInvitation(room.address.jid, by, reason));
  }
  return undefined satisfies StanzaError | undefined;
}
