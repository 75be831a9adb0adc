import { focus } from "@veche/proto/subjects.ts";
import { parseJid } from "../codec/jid.ts";
import { muteNamespaces, readMute } from "../codec/jitsi-mute.ts";
import { type Answer, badRequest, done, refuse } from "../codec/rfc6120-stanza.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import { type Feature, type FocusIqHandler, type Iq, iqAbout } from "./feature.ts";
import type { FocusRequests } from "./focus-requests.ts";

/** "Mute this person": the focus decides, and asks the person's client. */
export function focusMute(requests: FocusRequests): Feature {
  const handler: FocusIqHandler = (room, occupant, iq) => ask(requests, room, occupant, iq);
  return {
    focusOccupantIqs: Object.fromEntries(
      Object.values(muteNamespaces).map((namespace) => [iqAbout("mute", namespace), handler]),
    ),
  };
}

async function ask(requests: FocusRequests, room: RoomOf, occupant: OccupantOf, { payload }: Iq): Promise<Answer> {
  const read = readMute(payload);
  if (!read.ok) return refuse(read.error);
  const { media, jid, muted } = read.value;
  const target = parseJid(jid);
  if (target?.bare !== room.address.jid || target.resource === "") {
    return refuse(badRequest("`jid` is the address of somebody in this room"));
  }
  await requests.askInOrder(occupant, focus.requestMute, {
    room: room.address,
    endpoint: occupant.nick,
    target: target.resource,
    media,
    muted,
  });
  return done;
}
