import { ns } from "../codec/namespaces.ts";
import { answer } from "../codec/rfc6120-stanza.ts";
import { writeForm } from "../codec/xep0004-data-forms.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { RoomOf } from "../stream/session.ts";
import { type Feature, iqAbout } from "./feature.ts";

const formType = "http://jabber.org/protocol/muc#roominfo";

/** What a room is, with what Jitsi's clients read from its form (XEP-0045 section 6.4). */
export function mucDisco(hooks: AllRoomHooks): Feature {
  return {
    roomIqs: {
      [iqAbout("query", ns.discoInfo)]: (room, _session, { payload }) =>
        answer(roomInfo(hooks, room, payload.attrs.node)),
    },
    mucHostIqs: { [iqAbout("query", ns.discoInfo)]: (_session, { payload }) => answer(hostInfo(payload.attrs.node)) },
  };
}

function hostInfo(node: string | undefined) {
  const identities = [{ category: "conference", type: "text", name: "Rooms" }];
  return writeInfo({ identities, features: [ns.discoInfo, ns.muc] }, node);
}

function roomInfo(hooks: AllRoomHooks, room: RoomOf, node: string | undefined) {
  const features = [
    ns.discoInfo,
    ns.muc,
    room.password === "" ? "muc_unsecured" : "muc_passwordprotected",
    room.isMembersOnly ? "muc_membersonly" : "muc_open",
    "muc_nonanonymous",
    "muc_temporary",
  ];
  const form = writeForm("result", formType, [
    { name: "muc#roominfo_meetingId", value: room.meetingId },
    ...(room.startedMs > 0 ? [{ name: "muc#roominfo_created_timestamp", value: String(room.startedMs) }] : []),
    ...hooks.roomInfo(room),
  ]);
  return writeInfo({ identities: [{ category: "conference", type: "text" }], features }, node, form);
}
