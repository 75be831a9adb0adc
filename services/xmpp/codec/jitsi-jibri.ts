/**
 * http://jitsi.org/protocol/jibri, as lib-jitsi-meet of 2026-08 speaks it with the focus; and urn:veche:recording, our own
 * beside it: changing what is under way. What is in `streamid` and `add_target` is secret.
 */
import type { RecordingStatus } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "./namespaces.ts";
import { optionalText, type Read, reading, requiredText, unreadable } from "./reading.ts";
import { type Element, el } from "./xml/element.ts";

export type JibriRequest = {
  readonly action: "start" | "stop";
  /** file, stream; empty where it is not said. */
  readonly recordingMode: string;
  readonly sessionId: string;
  readonly streamId: string;
  readonly broadcastId: string;
  readonly appData: string;
  readonly sipAddress: string;
};

export function readJibri(jibri: Element): Read<JibriRequest> {
  return reading(() => {
    const action = requiredText(jibri, "action", 16);
    if (action !== "start" && action !== "stop") return unreadable('action is "start" or "stop"');
    const recordingMode = optionalText(jibri, "recording_mode", 16);
    const sessionId = action === "stop" ? optionalText(jibri, "session_id", 128) : "";
    // COMPAT: lib-jitsi-meet says the mode alone.
    if (action === "stop" && sessionId + recordingMode === "") return unreadable("<jibri> needs session_id");
    return {
      action,
      recordingMode,
      sessionId,
      streamId: optionalText(jibri, "streamid", 1_024),
      broadcastId: optionalText(jibri, "you_tube_broadcast_id", 1_024),
      appData: optionalText(jibri, "app_data", 8_192),
      sipAddress: optionalText(jibri, "sipaddress", 1_024),
    };
  });
}

export type RecordingChange = {
  readonly sessionId: string;
  readonly layout: string;
  readonly addTarget: string;
  readonly removeTarget: string;
};

export function readRecordingChange(recording: Element): Read<RecordingChange> {
  return reading(() => ({
    sessionId: requiredText(recording, "session_id", 128),
    layout: optionalText(recording, "layout", 16),
    addTarget: optionalText(recording, "add_target", 1_024),
    removeTarget: optionalText(recording, "remove_target", 16),
  }));
}

export type RecordingAnswer = { readonly sessionId: string; readonly status: string; readonly ownerKey: string };

/** `ownerKey` goes to who started it and to nobody else. */
export function writeJibriAnswer({ sessionId, status, ownerKey }: RecordingAnswer): Element {
  return el("jibri", { xmlns: ns.jibri, session_id: sessionId, status, owner_key: ownerKey || undefined });
}

export function writeRecordingAnswer({ sessionId, status }: Omit<RecordingAnswer, "ownerKey">): Element {
  return el("recording", { xmlns: ns.recording, session_id: sessionId, status });
}

/** In the presence of the focus. `roomJid`: whose occupant the initiator is. */
export function writeRecordingStatus(roomJid: string, recording: RecordingStatus): Element {
  const { sessionId, recordingMode, status, initiator, failureReason, queuePosition, layout, targets } = recording;
  return el(
    "jibri-recording-status",
    {
      xmlns: ns.jibri,
      status,
      session_id: sessionId,
      recording_mode: recordingMode,
      initiator: initiator === "" ? undefined : `${roomJid}/${initiator}`,
      failure_reason: failureReason || undefined,
      queue_position: queuePosition || undefined,
      layout: layout || undefined,
    },
    targets.map(({ id, host, state }) => el("target", { xmlns: ns.recording, id, host, state })),
  );
}
