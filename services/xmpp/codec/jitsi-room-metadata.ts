/** http://jitsi.org/jitmeet room_metadata (lib-jitsi-meet of 2026-08): what everybody in a room knows of it. */
import { writeJsonText } from "./jitsi-json-text.ts";
import { ns } from "./namespaces.ts";
import { type Read, reading, requiredText, unreadable } from "./reading.ts";
import { type Outgoing, write } from "./rfc6120-stanza.ts";
import { childOf, type Element } from "./xml/element.ts";
import { escapeAttribute, escapeText } from "./xml/serialise.ts";

/** `data` undefined or null takes the key away. */
export type MetadataChange = { readonly room: string; readonly key: string; readonly data: unknown };

export function readMetadataChange(message: Element): Read<MetadataChange> {
  return reading(() => {
    const element = childOf(message, "room_metadata");
    if (!element) return unreadable("expected <room_metadata>");
    const room = requiredText(element, "room", 3071);
    const value = parseJson(element.getText());
    if (typeof value !== "object" || value === null || !("key" in value) || typeof value.key !== "string")
      return unreadable('room metadata is JSON with "key" and "data"');
    return { room, key: value.key, data: "data" in value ? value.data : undefined };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return unreadable("room metadata is JSON");
  }
}

/** Always all of it: clients replace what they had. */
export function writeMetadata(from: string, room: string, metadata: Readonly<Record<string, unknown>>): Outgoing {
  const json = writeJsonText({ type: "room_metadata", metadata });
  const attributes = `xmlns="${ns.jitmeet}" room="${escapeAttribute(room)}"`;
  return write("message", { from }, `<json-message ${attributes}>${escapeText(json)}</json-message>`);
}
