/** http://jitsi.org/protocol/focus: the conference request, login addresses, and the presence of the focus. */
import type { FocusPresence } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { writeRecordingStatus } from "./jitsi-jibri.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalText, type Read, reading, requiredText } from "./reading.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

export type ConferenceRequest = {
  readonly room: string;
  readonly machineUid: string;
  readonly sessionId: string;
  readonly properties: Readonly<Record<string, string>>;
};

export function readConferenceRequest(conference: Element): Read<ConferenceRequest> {
  return reading(() => {
    const properties = atMost(childrenOf(conference, "property"), 64, "properties").map((property) => [
      requiredText(property, "name", 128),
      optionalText(property, "value", 1024),
    ]);
    return {
      room: requiredText(conference, "room", 3071),
      machineUid: optionalText(conference, "machine-uid", 128),
      sessionId: optionalText(conference, "session-id", 128),
      properties: Object.fromEntries(properties),
    };
  });
}

export type ConferenceAnswer = {
  readonly room: string;
  readonly ready: boolean;
  readonly focusJid: string;
  readonly sessionId: string;
  readonly identity: string;
  readonly properties: Readonly<Record<string, string>>;
};

export function writeConferenceAnswer(answer: ConferenceAnswer): Element {
  return el(
    "conference",
    {
      xmlns: ns.focus,
      room: answer.room,
      ready: answer.ready,
      focusjid: answer.focusJid,
      "session-id": answer.sessionId || undefined,
      identity: answer.identity || undefined,
    },
    Object.entries(answer.properties).map(([name, value]) => el("property", { xmlns: ns.focus, name, value })),
  );
}

/** Children of the focus's own presence; `name` and `jid` are the room's. */
export function writeFocusPresence(
  { name, jid }: { readonly name: string; readonly jid: string },
  presence: FocusPresence,
): readonly Element[] {
  const { properties, bridgeNotAvailable, recordings } = presence;
  const all = { "support-terminate-restart": "true", ...properties };
  return [
    el("etherpad", { xmlns: ns.etherpad }, name),
    el("versions", { xmlns: ns.jitmeet }, el("component", { xmlns: ns.jitmeet, name: "focus" }, "1.0")),
    el(
      "conference-properties",
      { xmlns: ns.focus },
      Object.entries(all).map(([key, value]) => el("property", { xmlns: ns.focus, key, value })),
    ),
    ...(bridgeNotAvailable ? [el("bridgeNotAvailable", { xmlns: ns.focus })] : []),
    ...recordings.map((recording) => writeRecordingStatus(jid, recording)),
  ];
}
