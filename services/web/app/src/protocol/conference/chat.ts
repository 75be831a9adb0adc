// Messages of the room (muc.md 2.15): text to all or to one, what is said about a text, and the server's refusals.
import { childNamed, childrenNamed, escapeXml, textOf, textOfChild, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { message, resourceOf, StanzaError } from "../xmpp/stanza.ts";

export interface ChatMessage {
  readonly type: "said";
  readonly id: string;
  /** Endpoint id of the sender; empty when the room itself speaks. */
  readonly from: string;
  readonly text: string;
  readonly sentAt: number;
  readonly isPrivate: boolean;
  /** Told to newcomers of what was said before. */
  readonly isHistory: boolean;
  /** The name the server vouches for, when the sender is not (any more) in the room. */
  readonly senderName: string;
  /** Id of the message this one answers. */
  readonly replyTo: string;
}

export interface ChatReaction {
  readonly type: "reacted";
  readonly to: string;
  readonly from: string;
  readonly emoji: readonly string[];
  readonly isPrivate: boolean;
  /** All that the sender says of it now; else one more. */
  readonly isWhole: boolean;
}

export interface ChatRetraction {
  readonly type: "retracted";
  readonly id: string;
  readonly from: string;
  readonly isPrivate: boolean;
}

export interface ChatRefusal {
  readonly type: "refused";
  /** Of the message that was refused. */
  readonly id: string;
  readonly condition: string;
  readonly text: string;
}

export type RoomMessage = ChatMessage | ChatReaction | ChatRetraction | ChatRefusal;

/** As many as the server passes on. */
const MAX_EMOJI = 8;
const MAX_EMOJI_LENGTH = 32;
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3/u;

export function readRoomMessage(stanza: XmlElement, now: number): RoomMessage | undefined {
  if (stanza.attrs.type === "error") return readRefusal(stanza);
  const from = resourceOf(stanza.attrs.from);
  const isPrivate = stanza.attrs.type === "chat";
  const reactions = childNamed(stanza, "reactions", NS.reactions);
  if (reactions?.attrs.id) {
    // COMPAT: lib-jitsi-meet sends one emoji at a time, in messages without an id, and means "one more".
    const isWhole = Boolean(stanza.attrs.id);
    return { type: "reacted", to: reactions.attrs.id, from, emoji: emojiOf(reactions), isPrivate, isWhole };
  }
  const retract = childNamed(stanza, "retract", NS.retract);
  if (retract) return retract.attrs.id ? { type: "retracted", id: retract.attrs.id, from, isPrivate } : undefined;
  return readSaid(stanza, from, isPrivate, now);
}

function readSaid(stanza: XmlElement, from: string, isPrivate: boolean, now: number): ChatMessage | undefined {
  const text = textOfChild(stanza, "body");
  if (!text || childNamed(stanza, "json-message")) return undefined;
  const delay = childNamed(stanza, "delay", NS.delay);
  const delayed = Date.parse(delay?.attrs.stamp ?? "");
  const reply = childNamed(stanza, "reply");
  return {
    type: "said",
    id: stanza.attrs.id ?? "",
    from,
    text,
    sentAt: Number.isNaN(delayed) ? now : delayed,
    isPrivate,
    isHistory: delay !== undefined,
    senderName: textOfChild(stanza, "display-name") || textOfChild(stanza, "nick", NS.nick) || "",
    // XEP-0461 has the message in `id`, Jitsi's clients have it in `to`.
    replyTo: reply?.attrs.id ?? reply?.attrs.to ?? "",
  };
}

function emojiOf(reactions: XmlElement): readonly string[] {
  const texts = childrenNamed(reactions, "reaction").map((each) => textOf(each).trim());
  const fitting = texts.filter((text) => text.length <= MAX_EMOJI_LENGTH && PICTURE.test(text));
  return [...new Set(fitting)].slice(0, MAX_EMOJI);
}

function readRefusal(stanza: XmlElement): ChatRefusal | undefined {
  if (!stanza.attrs.id) return undefined;
  const error = new StanzaError(stanza);
  const text = textOf(childNamed(error.detail, "text"));
  return { type: "refused", id: stanza.attrs.id, condition: error.condition, text };
}

/** What the server said of the room's settings, to be shown to whoever wanted to change them. */
export function readSettingsError(stanza: XmlElement): string | undefined {
  const error = stanza.attrs.type === "error" ? childNamed(stanza, "settings-error") : undefined;
  return error && textOf(error);
}

/** To everybody, or with `to` to one of them. */
export interface Addressed {
  readonly room: string;
  /** An endpoint id; "" for all. */
  readonly to: string;
  readonly id: string;
}

export function textMessage(address: Addressed, text: string, replyTo: string): XmlElement {
  return messageTo(
    address,
    xml("body", { xmlns: NS.client }, text),
    // The attribute where Jitsi's clients look for it.
    replyTo !== "" && xml("reply", { xmlns: NS.reply, to: replyTo }),
  );
}

/** All we say of a message from now on; none takes back what we said. */
export function reactionMessage(address: Addressed, target: string, emoji: readonly string[]): XmlElement {
  const reactions = emoji.map((each) => xml("reaction", { xmlns: NS.reactions }, each));
  return messageTo(
    address,
    xml("reactions", { xmlns: NS.reactions, id: target }, ...reactions),
    xml("store", { xmlns: NS.hints }),
  );
}

/** `fallback` is what clients show that know nothing of taking back. */
export function retractionMessage(address: Addressed, target: string, fallback: string): XmlElement {
  return messageTo(
    address,
    xml("retract", { xmlns: NS.retract, id: target }),
    xml("fallback", { xmlns: NS.fallback, for: NS.retract }),
    xml("body", { xmlns: NS.client }, fallback),
    xml("store", { xmlns: NS.hints }),
  );
}

function messageTo({ room, to, id }: Addressed, ...children: (XmlElement | false)[]): XmlElement {
  return to ? message(`${room}/${to}`, "chat", id, ...children) : message(room, "groupchat", id, ...children);
}

/** The server takes no message whose content is longer. */
export const MAX_MESSAGE_BYTES = 8 * 1024;
/** Of that, what is around the text: its element, a reply's, and what the server writes differently. */
const AROUND_BYTES = 512;

/** How many bytes of a message's text are still free; negative when it is too long. */
export function bytesLeft(text: string): number {
  return MAX_MESSAGE_BYTES - AROUND_BYTES - new TextEncoder().encode(escapeXml(text)).length;
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

export function jsonMessage(to: string, id: string, value: object): XmlElement {
  return message(to, "chat", id, xml("json-message", { xmlns: NS.jitmeet }, JSON.stringify(value)));
}

/** What the server says in the chat, in no participant's name. */
export function readSystemMessage(json: JsonMessage): { readonly name: string; readonly text: string } | undefined {
  const { type, message: text, displayName } = json;
  if (type !== "system_chat_message" || typeof text !== "string" || text === "") return undefined;
  return { name: typeof displayName === "string" ? displayName : "", text };
}
