import type { Bus } from "@veche/kit/bus.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import type { Dialled } from "../calls/dialled.ts";
import { parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, errorOf, refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import { readDial, writeCallRef } from "../codec/xep0327-rayo.ts";
import type { Limits } from "../limits.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import { type Feature, type Iq, iqAbout } from "./feature.ts";

type Given = { readonly bus: Bus; readonly unit: string; readonly limits: Limits; readonly dialled: Dialled };

const forbidden = stanzaError("auth", "forbidden", "only a moderator dials, and into this room");
const noTranscriber = stanzaError("cancel", "service-unavailable", "no transcriber is there");
const tooMany = stanzaError("wait", "resource-constraint", "so much is dialled already");

/** COMPAT: Jitsi's name for what writes down what is said. */
const transcriber = "jitsi_meet_transcribe";
/** COMPAT: headers of the request that are Jitsi's own. */
const roomHeader = "JvbRoomName";

/** Dialling a telephone: the focus decides, and finds a gateway. Asked once, as it would ring twice. */
export function focusDialling(given: Given): Feature {
  const dialling = new WeakMap<OccupantOf, number>();
  return {
    focusOccupantIqs: {
      [iqAbout("dial", ns.rayo)]: async (room, occupant, iq) => {
        const before = dialling.get(occupant) ?? 0;
        if (before >= given.limits.calls.dialsAtOnce) return refuse(tooMany);
        dialling.set(occupant, before + 1);
        try {
          return await dial(given, room, occupant, iq);
        } finally {
          dialling.set(occupant, (dialling.get(occupant) ?? 1) - 1);
        }
      },
    },
  };
}

async function dial(given: Given, room: RoomOf, occupant: OccupantOf, { payload }: Iq): Promise<Answer> {
  const read = readDial(payload);
  if (!read.ok) return refuse(read.error);
  const { to, headers } = read.value;
  if (parseJid(headers[roomHeader])?.bare !== room.address.jid) return refuse(forbidden);
  if (to === transcriber) return refuse(noTranscriber);
  try {
    const { bus, unit, limits, dialled } = given;
    const request = { ...asker(room, occupant), ...read.value };
    const { endpoint } = await bus.request(focus.dialOut, { unit }, request, { timeoutMs: limits.calls.dialMs });
    dialled.note(room, endpoint, occupant);
    return answer(writeCallRef(occupantJid(room, endpoint)));
  } catch (thrown) {
    const error = toVecheError(thrown);
    if (error.code === "permission-denied") return refuse(stanzaError("auth", "forbidden", error.message));
    return refuse(errorOf(error));
  }
}

/** COMPAT: permissions as the features of Jitsi's tokens are called. */
const permissions = ["outbound-call", "sip-outbound-call"] as const;

/** Who asks, with what a token of theirs names: that decides, whatever their role. */
function asker(room: RoomOf, { nick, receiver }: OccupantOf) {
  const { features } = receiver.identity;
  return {
    room: room.address,
    endpoint: nick,
    granted: permissions.filter((name) => features?.[name] === true),
    denied: permissions.filter((name) => features?.[name] === false),
  };
}
