import { childNamed, textOf, textOfChild, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { resourceOf } from "../xmpp/stanza.ts";

export interface ChatMessage {
  readonly id: string;
  /** Endpoint id of the sender; empty when the room itself speaks. */
  readonly from: string;
  readonly text: string;
  readonly sentAt: number;
  readonly isPrivate: boolean;
  /** The name the server vouches for, when the sender is not (any more) in the room. */
  readonly senderName: string;
}

export function readChatMessage(stanza: XmlElement, now: number): ChatMessage | undefined {
  const text = textOfChild(stanza, "body");
  if (!text || childNamed(stanza, "json-message") || stanza.attrs.type === "error") return undefined;
  const delayed = Date.parse(childNamed(stanza, "delay", NS.delay)?.attrs.stamp ?? "");
  return {
    id: stanza.attrs.id ?? "",
    from: resourceOf(stanza.attrs.from),
    text,
    sentAt: Number.isNaN(delayed) ? now : delayed,
    isPrivate: stanza.attrs.type === "chat",
    senderName: textOfChild(stanza, "display-name") || textOfChild(stanza, "nick", NS.nick) || "",
  };
}

export type JsonMessage = Readonly<Record<string, unknown>> & { readonly type: string };

/** The JSON that components and apps send in messages; undefined for history and for what has no type. */
export function readJsonMessage(stanza: XmlElement): JsonMessage | undefined {
  const text = textOf(childNamed(stanza, "json-message", NS.jitmeet));
  if (!text || childNamed(stanza, "delay")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const record = value as Record<string, unknown>;
    return typeof record.type === "string" ? { ...record, type: record.type } : undefined;
  } catch {
    return undefined;
  }
}
