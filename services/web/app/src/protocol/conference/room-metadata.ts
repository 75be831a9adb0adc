import { recordIn } from "../json.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { JsonMessage } from "./chat.ts";

/** Who comes from now on comes without microphone or camera. */
export interface StartMuted {
  readonly audio: boolean;
  readonly video: boolean;
}

/** Undefined for a message about something else. */
export function readStartMuted(message: JsonMessage): StartMuted | undefined {
  if (message.type !== "room_metadata") return undefined;
  const { startMuted } = recordIn(message.metadata);
  const { audio, video } = recordIn(startMuted);
  return { audio: audio === true, video: video === true };
}

export function setStartMuted(component: string, id: string, room: string, data: StartMuted): XmlElement {
  const text = JSON.stringify({ key: "startMuted", data, type: "room_metadata" });
  return xml(
    "message",
    { xmlns: NS.client, to: component, id },
    xml("room_metadata", { xmlns: NS.jitmeet, room }, text),
  );
}
