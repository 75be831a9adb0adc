/** http://jitsi.org/jitmeet json-message (lib-jitsi-meet of 2026-08): JSON between clients, and from components to clients. */
import { writeJsonText } from "./jitsi-json-text.ts";
import { ns } from "./namespaces.ts";
import { type Read, reading, unreadable } from "./reading.ts";
import { type Outgoing, write } from "./rfc6120-stanza.ts";
import { childOf, type Element } from "./xml/element.ts";
import { escapeText } from "./xml/serialise.ts";

export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** COMPAT: some clients leave the namespace out. */
export function jsonMessageOf(message: Element): Element | undefined {
  return childOf(message, "json-message");
}

/** The object in a message; clients ignore one without `type`. */
export function readJsonMessage(message: Element): Read<JsonObject> {
  return reading(() => {
    const element = jsonMessageOf(message);
    if (!element) return unreadable("expected a json-message");
    const value = parse(element.getText());
    if (!isJsonObject(value) || typeof value.type !== "string") return unreadable('expected a JSON object with "type"');
    return value;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return unreadable("a json-message is JSON");
  }
}

/** Clients believe a component only where `from` is the address it is advertised with. */
export function writeJsonMessage(from: string, value: JsonObject): Outgoing {
  return write(
    "message",
    { from },
    `<json-message xmlns="${ns.jitmeet}">${escapeText(writeJsonText(value))}</json-message>`,
  );
}
