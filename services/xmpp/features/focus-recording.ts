import { randomBytes } from "node:crypto";
import { focus } from "@veche/proto/subjects.ts";
import { readJibri, readRecordingChange, writeJibriAnswer, writeRecordingAnswer } from "../codec/jitsi-jibri.ts";
import { ns } from "../codec/namespaces.ts";
import { type Answer, answer, refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import { type Feature, type FocusIqHandler, type Iq, iqAbout } from "./feature.ts";
import type { FocusRequests } from "./focus-requests.ts";

const jibri = iqAbout("jibri", ns.jibri);
const recording = iqAbout("recording", ns.recording);

/** Recording and going live: the focus decides, and shows in its presence what is so. */
export function focusRecording(requests: FocusRequests): Feature {
  const control: FocusIqHandler = (room, occupant, iq) => ask(requests, room, occupant, iq);
  const change: FocusIqHandler = (room, occupant, iq) => update(requests, room, occupant, iq);
  return {
    focusOccupantIqs: { [jibri]: control, [recording]: change },
    neverBetweenOccupants: [jibri, recording],
  };
}

const noRecorder = stanzaError("wait", "service-unavailable", "no recorder is there");

async function ask(requests: FocusRequests, room: RoomOf, occupant: OccupantOf, { payload }: Iq): Promise<Answer> {
  const read = readJibri(payload);
  if (!read.ok) return refuse(read.error);
  const { sessionId, ...wish } = read.value;
  // A start that is asked again, because its answer was lost, is the same start.
  const session = wish.action === "start" ? randomBytes(16).toString("hex") : sessionId;
  const answered = await requests.askInOrder(occupant, focus.controlRecording, {
    ...asker(room, occupant),
    ...wish,
    sessionId: session,
  });
  return answered.status === "unavailable" ? refuse(noRecorder) : answer(writeJibriAnswer(answered));
}

async function update(requests: FocusRequests, room: RoomOf, occupant: OccupantOf, { payload }: Iq): Promise<Answer> {
  const read = readRecordingChange(payload);
  if (!read.ok) return refuse(read.error);
  const change = { ...asker(room, occupant), ...read.value, action: "update" };
  return answer(writeRecordingAnswer(await requests.askInOrder(occupant, focus.controlRecording, change)));
}

/** COMPAT: permissions as the features of Jitsi's tokens are called. */
const permissions = { file: "recording", stream: "livestreaming" } as const;

/** Who asks, with what a token of theirs names: that decides, whatever their role. */
function asker(room: RoomOf, { nick, receiver }: OccupantOf) {
  const { features } = receiver.identity;
  const kinds = ["file", "stream"] as const;
  return {
    room: room.address,
    endpoint: nick,
    granted: kinds.filter((kind) => features?.[permissions[kind]] === true),
    denied: kinds.filter((kind) => features?.[permissions[kind]] === false),
  };
}
