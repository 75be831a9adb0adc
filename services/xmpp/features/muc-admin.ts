import { parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, badRequest, done, refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import { writeInvitation } from "../codec/xep0045-invitation.ts";
import { type AdminItem, readAdmin, writeAdmin } from "../codec/xep0045-muc.ts";
import { type AffiliationName, roleOf } from "../domain/affiliation.ts";
import { focusNick } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import { itemOf, occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";

const forbidden = stanzaError("auth", "forbidden", "only a moderator may do this");
const notAllowed = stanzaError("cancel", "not-allowed");
const notFound = stanzaError("cancel", "item-not-found");
const tooMany = stanzaError("wait", "resource-constraint", "too many affiliations in one room");

/** Granting and taking moderation, and showing people out (XEP-0045 sections 8.2, 9). */
export function mucAdmin(given: Given): Feature {
  return {
    roomIqs: { [iqAbout("query", ns.mucAdmin)]: (room, session, iq) => administer(given, room, session, iq) },
  };
}

type Given = {
  readonly rooms: Rooms;
  readonly domains: Domains;
  readonly sessions: Sessions;
  readonly limits: Limits;
};

function administer(given: Given, room: RoomOf, session: Session, iq: Iq): Answer {
  const actor = session.rooms.get(room.address.jid)?.occupant;
  if (!actor || room.affiliationOf(actor.bareJid) !== "owner") return refuse(forbidden);
  const read = readAdmin(iq.payload);
  if (!read.ok) return refuse(read.error);
  if (iq.type === "get") return list(room, read.value[0]);
  const planned: Action[] = [];
  for (const item of read.value) {
    const action = plan(given.domains, room, item);
    if ("error" in action) return refuse(action.error);
    planned.push(action);
  }
  if (room.affiliations.size + planned.length > given.limits.affiliationsPerRoom) return refuse(tooMany);
  for (const action of planned) perform(given, room, actor, action);
  return done;
}

/** By affiliation, also of who is not there, or by role. */
function list(room: RoomOf, wanted: AdminItem | undefined): Answer {
  const { affiliation, role } = wanted ?? {};
  if (affiliation) {
    const items = [...room.affiliations].filter(([, given]) => given === affiliation);
    return answer(writeAdmin(items.map(([jid]) => ({ affiliation, role: roleOf(affiliation), jid }))));
  }
  if (!role) return refuse(badRequest("an affiliation or a role is wanted"));
  const present = [...room.occupants.values()].filter((occupant) => room.roleOf(occupant) === role);
  return answer(writeAdmin(present.map((occupant) => itemOf(room, occupant))));
}

type Action =
  | {
      readonly type: "affiliate";
      readonly bareJid: string;
      readonly affiliation: AffiliationName;
      readonly reason: string;
    }
  | { readonly type: "kick"; readonly occupant: OccupantOf; readonly reason: string };

/** All items are looked at before the first is acted on. */
function plan(domains: Domains, room: RoomOf, item: AdminItem): Action | { readonly error: typeof notFound } {
  if (item.nick === focusNick) return { error: notAllowed };
  const occupant = item.nick === undefined ? undefined : room.occupants.get(item.nick);
  if (item.role === "none" && item.affiliation === undefined) {
    return occupant ? { type: "kick", occupant, reason: item.reason } : { error: notFound };
  }
  if (item.role === "visitor") return { error: notAllowed };
  const bareJid = item.jid === undefined ? occupant?.bareJid : parseJid(item.jid)?.bare;
  if (!bareJid) return { error: item.jid === undefined ? notFound : badRequest("`jid` is no address") };
  if (bareJid === domains.focusBareJid) return { error: notAllowed };
  const affiliation = item.affiliation ?? (item.role === "moderator" ? "owner" : "none");
  return { type: "affiliate", bareJid, affiliation, reason: item.reason };
}

function perform({ rooms, sessions }: Given, room: RoomOf, actor: OccupantOf, action: Action) {
  if (action.type === "kick") return rooms.kick(room, action.occupant, { actor: actor.nick, reason: action.reason });
  const { bareJid, affiliation, reason } = action;
  const present = room.withBareJid(bareJid);
  if (affiliation !== "outcast") {
    const isNew = room.affiliationOf(bareJid) === "none" && affiliation !== "none";
    rooms.setAffiliation(room, bareJid, affiliation, actor.nick);
    if (isNew && room.isMembersOnly && present.length === 0) invite(sessions, room, actor, bareJid);
    return;
  }
  for (const occupant of present) rooms.kick(room, occupant, { actor: actor.nick, reason, ban: true });
  if (present.length === 0) rooms.setAffiliation(room, bareJid, affiliation, actor.nick);
}

/** XEP-0045 section 9.3: who becomes a member of a room for members only, and is not in it, is told by an invitation. */
function invite(sessions: Sessions, room: RoomOf, actor: OccupantOf, bareJid: string): void {
  const stanza = writeInvitation(room.address.jid, occupantJid(room, actor.nick));
  for (const session of sessions.withBareJid(bareJid)) session.send(stanza);
}
