import { parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, badRequest, done, refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import { isTrue, readSubmission, type Submission, writeForm } from "../codec/xep0004-data-forms.ts";
import { readOwner } from "../codec/xep0045-muc.ts";
import { el } from "../codec/xml/element.ts";
import type { Limits } from "../limits.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";

const formType = "http://jabber.org/protocol/muc#roomconfig";
const forbidden = stanzaError("auth", "forbidden", "only an owner configures the room");

const fieldOf = {
  whois: "muc#roomconfig_whois",
  isMembersOnly: "muc#roomconfig_membersonly",
  isProtected: "muc#roomconfig_passwordprotectedroom",
  password: "muc#roomconfig_roomsecret",
} as const;

/** The configuration form, the password, and ending the meeting for everybody (XEP-0045 section 10). */
export function mucOwner(given: Given): Feature {
  return {
    roomIqs: { [iqAbout("query", ns.mucOwner)]: (room, session, iq) => configure(given, room, session, iq) },
  };
}

type Given = { readonly rooms: Rooms; readonly hooks: AllRoomHooks; readonly limits: Limits };

function configure(given: Given, room: RoomOf, session: Session, iq: Iq): Answer {
  const { rooms, hooks } = given;
  const actor = session.rooms.get(room.address.jid)?.occupant;
  if (!actor || room.affiliationOf(actor.bareJid) !== "owner") return refuse(forbidden);
  if (iq.type === "get") return answer(el("query", { xmlns: ns.mucOwner }, configurationForm(hooks, room)));
  const read = readOwner(iq.payload);
  if (!read.ok) return refuse(read.error);
  if (read.value.type === "destroy") {
    const alternative = parseJid(read.value.jid)?.bare;
    const options = { by: actor.nick, ...(alternative === undefined ? {} : { jid: alternative }) };
    rooms.destroy(room, "moderator", read.value.reason, options);
    return done;
  }
  const submission = readSubmission(read.value.form);
  if (!submission.ok) return refuse(submission.error);
  return apply(given, room, actor, submission.value);
}

function apply({ rooms, limits }: Given, room: RoomOf, actor: OccupantOf, submission: Submission): Answer {
  if (submission.type === "cancel") return done;
  const { fields } = submission;
  const isProtected = fields.get(fieldOf.isProtected);
  const given = fields.get(fieldOf.password);
  const isOff = isProtected !== undefined && !isTrue(isProtected);
  const password = isOff ? "" : (given ?? room.password);
  if (password.length > limits.passwordLength) {
    return refuse(badRequest(`a password has at most ${limits.passwordLength} characters`));
  }
  const membersOnly = fields.get(fieldOf.isMembersOnly);
  const isMembersOnly = membersOnly === undefined ? room.isMembersOnly : isTrue(membersOnly);
  const changed = [
    ...(password === room.password ? [] : ["password"]),
    ...(isMembersOnly === room.isMembersOnly ? [] : ["lobby"]),
  ];
  room.password = password;
  room.isMembersOnly = isMembersOnly;
  rooms.configured(room, changed, actor.nick);
  return done;
}

/** COMPAT: without roomsecret and membersonly the library reports passwords and lobby as not supported. */
function configurationForm(hooks: AllRoomHooks, room: RoomOf) {
  return writeForm("form", formType, [
    { name: fieldOf.whois, value: "anyone", type: "list-single", label: "Who sees real addresses" },
    { name: fieldOf.isMembersOnly, value: room.isMembersOnly ? "1" : "0", type: "boolean", label: "Members only" },
    { name: fieldOf.isProtected, value: room.password === "" ? "0" : "1", type: "boolean", label: "Password required" },
    { name: fieldOf.password, value: room.password, type: "text-private", label: "Password" },
    { name: "muc#roominfo_meetingId", value: room.meetingId, type: "text-single", label: "Meeting" },
    ...hooks.roomConfig(room),
  ]);
}
