// What people before the door and those who open it say to each other: JSON in messages of the lobby, as Jitsi's clients do.
import type { XmlElement } from "../xml/element.ts";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { message, resourceOf } from "../xmpp/stanza.ts";
import { readJsonMessage } from "./chat.ts";

const SAID = "LOBBY_CHAT_MESSAGE";
const BEGUN = "LOBBY_CHAT_INITIALIZED";
export const MAX_LOBBY_TEXT_LENGTH = 1000;

export type LobbyTalk =
  | { readonly type: "said"; readonly from: string; readonly text: string }
  /** A moderator begins to talk with somebody who waits: answers are for that moderator. */
  | { readonly type: "begun"; readonly from: string; readonly attendee: string };

export function readLobbyTalk(stanza: XmlElement): LobbyTalk | undefined {
  const from = resourceOf(stanza.attrs.from);
  const json = stanza.attrs.type === "error" || from === "" ? undefined : readJsonMessage(stanza);
  if (json?.type === SAID && typeof json.message === "string") {
    const text = json.message.trim().slice(0, MAX_LOBBY_TEXT_LENGTH);
    return text === "" ? undefined : { type: "said", from, text };
  }
  if (json?.type === BEGUN) {
    const { id } = (json.attendee ?? {}) as { id?: unknown };
    return typeof id === "string" ? { type: "begun", from, attendee: id } : undefined;
  }
  return undefined;
}

/** To one, or without `to` to all who may read it: somebody who waits is heard by moderators only. */
export function lobbySaying(lobby: string, to: string | undefined, id: string, text: string): XmlElement {
  return talk(lobby, to, id, { type: SAID, message: text });
}

/** COMPAT: Jitsi's clients show no text to whoever waits before this has said who is writing. */
export function lobbyTalkBegun(lobby: string, own: string, to: string, id: string): XmlElement {
  return talk(lobby, to, id, { type: BEGUN, moderator: { id: own, name: "Moderator" }, attendee: { id: to } });
}

function talk(lobby: string, to: string | undefined, id: string, value: object): XmlElement {
  const body = xml("json-message", { xmlns: NS.jitmeet }, JSON.stringify(value));
  return to === undefined ? message(lobby, "groupchat", id, body) : message(`${lobby}/${to}`, "chat", id, body);
}
