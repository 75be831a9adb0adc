import { badRequest, type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { Domains } from "../domains.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import { senderRoom } from "./sender-room.ts";

type Given = { readonly domains: Domains; readonly rooms: Rooms; readonly hooks: AllRoomHooks };

/** COMPAT: clients show exactly this. */
const reason = "The meeting has been terminated";

const notInside = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const notModerator = stanzaError("auth", "forbidden", "only a moderator ends the meeting");

/** Ending the meeting for everybody; from a breakout room, the whole meeting. */
export function endConference(given: Given): Feature {
  const host = given.domains.component("endconference");
  return {
    domainIdentities: [{ category: "component", type: "end_conference", name: host }],
    hosts: { [host]: { message: (session, _to, message) => end(given, session, message) } },
  };
}

function end({ rooms, hooks }: Given, session: Session, message: Element): StanzaError | undefined {
  if (!childOf(message, "end_conference")) return badRequest("expected <end_conference>");
  const place = senderRoom(session);
  if (!place) return notInside;
  const { room, occupant } = place;
  const whole = rooms.get(hooks.policy(room).mainRoom?.jid ?? "") ?? room;
  const isModerator = room.roleOf(occupant) === "moderator" && whole.affiliationOf(occupant.bareJid) === "owner";
  if (!isModerator) return notModerator;
  rooms.destroy(whole, "moderator", reason, { by: whole === room ? occupant.nick : "" });
  return undefined;
}
