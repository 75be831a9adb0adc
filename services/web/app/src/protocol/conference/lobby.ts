import { childNamed, textOf, type XmlElement, xml } from "../xml/element.ts";
import type { XmppConnection } from "../xmpp/connection.ts";
import { NS } from "../xmpp/namespaces.ts";
import { bareOf, message, presence, StanzaError } from "../xmpp/stanza.ts";
import { lobbySaying, lobbyTalkBegun, readLobbyTalk } from "./lobby-chat.ts";
import { readPresence } from "./occupant.ts";
import { joinElement } from "./own-presence.ts";

/** Somebody at the door. */
export interface Knocker {
  readonly id: string;
  readonly name: string;
  readonly realJid: string;
}

export interface LobbyEvents {
  /** We are in the lobby. */
  entered(): void;
  /** Somebody waits; heard by moderators only. */
  knocks(knocker: Knocker): void;
  leaves(id: string): void;
  /** A moderator said no. */
  rejected(): void;
  /** The lobby is no more: with the room open to everybody, or ended. */
  closed(isRoomOpen: boolean, reason: string): void;
  refused(error: StanzaError): void;
  /** Somebody on the other side of the door writes. */
  said(from: string, text: string): void;
}

/** The room before the room (muc.md 2.9): newcomers wait in it, moderators look who does. */
export class Lobby {
  readonly jid: string;
  readonly #nick: string;
  readonly #connection: XmppConnection;
  readonly #events: LobbyEvents;
  #place: "out" | "entering" | "in" = "out";
  #partner: string | undefined;

  constructor(jid: string, nick: string, connection: XmppConnection, events: LobbyEvents) {
    this.jid = jid;
    this.#nick = nick;
    this.#connection = connection;
    this.#events = events;
  }

  enter(name: string): void {
    this.#place = "entering";
    const nick = name !== "" && xml("nick", { xmlns: NS.nick }, name);
    this.#connection.send(presence(this.#own, undefined, joinElement(undefined), nick));
  }

  leave(): void {
    if (this.#place !== "out" && this.#connection.state === "connected") this.#connection.send(this.farewell());
    this.#place = "out";
  }

  /** To one, or to all moderators; whoever has begun to talk with us is answered alone. */
  say(text: string, to: string | undefined): void {
    this.#connection.send(lobbySaying(this.jid, to ?? this.#partner, this.#connection.newId(), text));
  }

  beginTalk(to: string): void {
    this.#connection.send(lobbyTalkBegun(this.jid, this.#nick, to, this.#connection.newId()));
  }

  farewell(): XmlElement {
    return presence(this.#own, "unavailable");
  }

  async reject(id: string): Promise<void> {
    const item = xml("item", { xmlns: NS.mucAdmin, nick: id, role: "none" });
    await this.#connection.request("set", this.jid, xml("query", { xmlns: NS.mucAdmin }, item));
  }

  /** Returns true when the stanza belongs to the lobby. */
  receive(stanza: XmlElement): boolean {
    if (bareOf(stanza.attrs.from) !== this.jid) return false;
    if (stanza.name === "presence") this.#receivePresence(stanza);
    else if (stanza.name === "message") this.#receiveMessage(stanza);
    return stanza.name !== "iq";
  }

  get #own(): string {
    return `${this.jid}/${this.#nick}`;
  }

  #receiveMessage(stanza: XmlElement): void {
    const talk = readLobbyTalk(stanza);
    if (!talk || talk.from === this.#nick) return;
    if (talk.type === "said") this.#events.said(talk.from, talk.text);
    else if (talk.attendee === this.#nick) this.#partner = talk.from;
  }

  #receivePresence(stanza: XmlElement): void {
    if (stanza.attrs.type === "error") {
      this.#place = "out";
      this.#events.refused(new StanzaError(stanza));
      return;
    }
    const { occupant, statusCodes, left } = readPresence(stanza, { focusJid: undefined, hiddenDomain: undefined });
    const { id, name, realJid } = occupant;
    if (id !== this.#nick && !statusCodes.has(110)) {
      if (left) this.#events.leaves(id);
      else if (realJid !== "") this.#events.knocks({ id, name, realJid });
      return;
    }
    if (left) this.#heardOfOwnEnd(stanza, statusCodes);
    else if (this.#place === "entering") {
      this.#place = "in";
      this.#events.entered();
    }
  }

  #heardOfOwnEnd(stanza: XmlElement, statusCodes: ReadonlySet<number>): void {
    if (this.#place === "out") return;
    this.#place = "out";
    const destroy = childNamed(childNamed(stanza, "x", NS.mucUser), "destroy");
    if (destroy) this.#events.closed(Boolean(destroy.attrs.jid), textOf(childNamed(destroy, "reason")));
    else if (statusCodes.has(307)) this.#events.rejected();
  }
}

/** Lets people from the lobby into the room. */
export function admission(room: string, id: string, realJids: readonly string[]): XmlElement {
  const invites = realJids.map((to) => xml("invite", { xmlns: NS.mucUser, to }));
  return message(room, undefined, id, xml("x", { xmlns: NS.mucUser }, ...invites));
}

/** Where the error of a join says that newcomers wait. */
export function lobbyOf(error: StanzaError): string | undefined {
  return textOf(childNamed(error.detail, "lobbyroom")) || undefined;
}
