import {
  childNamed,
  childrenNamed,
  elementsOf,
  serialise,
  textOf,
  textOfChild,
  type XmlElement,
  xml,
} from "../xml/element.ts";
import type { XmppConnection } from "../xmpp/connection.ts";
import { NS } from "../xmpp/namespaces.ts";
import { bareOf, presence, resourceOf, resultOf, StanzaError } from "../xmpp/stanza.ts";
import { MODERATED_MEDIA, type ModeratedMedia } from "./av-moderation.ts";
import { discoAnswer } from "./caps.ts";
import { declineCall } from "./decline-call.ts";
import { type Occupant, type Recognition, type RoomPresence, readPresence } from "./occupant.ts";
import { joinElement, type OwnState, ownPresenceChildren } from "./own-presence.ts";
import { type RoomInfo, readRoomInfo } from "./room-info.ts";

export type Ending = "kicked" | "destroyed" | "shut-down";

export interface RoomEvents {
  self(occupant: Occupant): void;
  occupantChanged(occupant: Occupant): void;
  occupantLeft(id: string, reason: string): void;
  /** Every presence in full, the focus' and hidden ones too, for whoever looks for elements of their own. */
  presence(stanza: XmlElement, occupant: Occupant): void;
  /** `otherRoom` is where to go instead, if the room says so. */
  ended(how: Ending, reason: string, otherRoom: string | undefined): void;
  subject(text: string): void;
  /** Password or lobby may have changed. */
  configured(): void;
  /** A moderator lets us in. */
  invited(password: string | undefined): void;
  /** `by` is the endpoint id of the moderator, where the focus says it. */
  muteAsked(media: ModeratedMedia, by: string): void;
  bridgeMissing(): void;
  /** The session's own IQs; whoever takes them answers them. */
  jingle(stanza: XmlElement): void;
}

const JOIN_TIMEOUT_MS = 15_000;
const MUTE_NAMESPACES: Readonly<Record<ModeratedMedia, string>> = {
  audio: NS.muteAudio,
  video: NS.muteVideo,
  desktop: NS.muteDesktop,
};

/** Our place in one multi-user chat. A new place is taken after every new login. */
export class Room {
  readonly jid: string;
  readonly nick: string;
  readonly #connection: XmppConnection;
  readonly #recognition: Recognition;
  readonly #events: RoomEvents;
  #joining: { resolve(): void; reject(error: Error): void } | undefined;
  #joined = false;
  #announced = "";

  constructor(jid: string, nick: string, connection: XmppConnection, recognition: Recognition, events: RoomEvents) {
    this.jid = jid;
    this.nick = nick;
    this.#connection = connection;
    this.#recognition = recognition;
    this.#events = events;
  }

  /** Resolves at our own presence; everybody already there has been told of by then. */
  join(own: OwnState, password: string | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new StanzaError(undefined, "remote-server-timeout")), JOIN_TIMEOUT_MS);
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        this.#joining = undefined;
        outcome();
      };
      this.#joining = { resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) };
      const children = ownPresenceChildren(own);
      this.#announced = children.map(serialise).join("");
      this.#connection.send(presence(this.#own, undefined, joinElement(password), ...children));
    });
  }

  /** Tells the room what has changed; presence goes to everybody, so nothing is said twice. */
  announce(own: OwnState): void {
    const children = ownPresenceChildren(own);
    const text = children.map(serialise).join("");
    if (!this.#joined || text === this.#announced) return;
    this.#announced = text;
    this.#connection.send(presence(this.#own, undefined, ...children));
  }

  /** With the status `switch_room` the server keeps our place in the meeting until we are in the other room. */
  leaving(status?: string): XmlElement {
    this.#joined = false;
    return presence(this.#own, "unavailable", status !== undefined && xml("status", { xmlns: NS.client }, status));
  }

  async kick(id: string, reason: string): Promise<void> {
    await this.#admin(
      xml("item", { xmlns: NS.mucAdmin, nick: id, role: "none" }, xml("reason", { xmlns: NS.mucAdmin }, reason)),
    );
  }

  async setModerator(realJid: string, isModerator: boolean): Promise<void> {
    const affiliation = isModerator ? "owner" : "member";
    await this.#admin(xml("item", { xmlns: NS.mucAdmin, affiliation, jid: bareOf(realJid) }));
  }

  async mute(id: string, media: ModeratedMedia): Promise<void> {
    const xmlns = MUTE_NAMESPACES[media];
    await this.#connection.request(
      "set",
      `${this.jid}/focus`,
      xml("mute", { xmlns, jid: `${this.jid}/${id}` }, "true"),
    );
  }

  async info(): Promise<RoomInfo> {
    return readRoomInfo(await this.#connection.request("get", this.jid, xml("query", { xmlns: NS.discoInfo })));
  }

  /** Sets the room's password; an empty one takes it away. A lobby stays as it is. */
  async setPassword(password: string, hasLobby: boolean): Promise<void> {
    await this.#configure({
      roomsecret: password,
      passwordprotectedroom: password ? "1" : "0",
      ...(hasLobby ? { membersonly: "true" } : {}),
    });
  }

  /** Whoever is in the room now stays a member of it, and may come back without knocking. */
  async setLobby(isOn: boolean, present: readonly string[], hasPassword: boolean): Promise<void> {
    const members = present.map((jid) => xml("item", { xmlns: NS.mucAdmin, affiliation: "member", jid: bareOf(jid) }));
    if (isOn && members.length > 0) await this.#admin(...members);
    await this.#configure({ membersonly: String(isOn), ...(hasPassword ? { passwordprotectedroom: "1" } : {}) });
  }

  /** Returns true when the stanza belongs to this room and was dealt with. */
  receive(stanza: XmlElement): boolean {
    if (bareOf(stanza.attrs.from) !== this.jid) return false;
    if (stanza.name === "presence") this.#receivePresence(stanza);
    else if (stanza.name === "message") this.#receiveMessage(stanza);
    else return this.#receiveIq(stanza);
    return true;
  }

  get #own(): string {
    return `${this.jid}/${this.nick}`;
  }

  async #admin(...items: XmlElement[]): Promise<void> {
    await this.#connection.request("set", this.jid, xml("query", { xmlns: NS.mucAdmin }, ...items));
  }

  async #configure(values: Readonly<Record<string, string>>): Promise<void> {
    const field = (name: string, value: string) =>
      xml("field", { xmlns: NS.dataForms, var: name }, xml("value", { xmlns: NS.dataForms }, value));
    const form = xml(
      "x",
      { xmlns: NS.dataForms, type: "submit" },
      field("FORM_TYPE", NS.mucConfig),
      ...Object.entries(values).map(([name, value]) => field(`muc#roomconfig_${name}`, value)),
      field("muc#roomconfig_whois", "anyone"),
    );
    await this.#connection.request("set", this.jid, xml("query", { xmlns: NS.mucOwner }, form));
  }

  #receivePresence(stanza: XmlElement): void {
    if (stanza.attrs.type === "error") {
      this.#joining?.reject(new StanzaError(stanza));
      return;
    }
    if (childNamed(stanza, "ignore")) return;
    const told = readPresence(stanza, this.#recognition);
    const isSelf = told.occupant.id === this.nick || told.statusCodes.has(110);
    this.#events.presence(stanza, told.occupant);
    if (told.left) this.#someoneLeft(told, isSelf, textOfChild(stanza, "status"));
    else if (isSelf) this.#heardOfSelf(told);
    else this.#heardOf(told.occupant, stanza);
  }

  #heardOfSelf({ occupant, statusCodes }: RoomPresence): void {
    this.#events.self(occupant);
    if (!this.#joining) return;
    this.#joined = true;
    if (statusCodes.has(201)) this.#openUp();
    this.#joining.resolve();
  }

  /** A room we happened to create is locked until its form is submitted. */
  #openUp(): void {
    this.setPassword("", false).catch(() => {});
  }

  #heardOf(occupant: Occupant, stanza: XmlElement): void {
    if (occupant.isFocus) {
      if (childNamed(stanza, "bridgeNotAvailable")) this.#events.bridgeMissing();
      return;
    }
    if (!occupant.isHidden) this.#events.occupantChanged(occupant);
  }

  #someoneLeft({ occupant, statusCodes, reason, otherRoom }: RoomPresence, isSelf: boolean, status = ""): void {
    if (!isSelf) {
      this.#events.occupantLeft(occupant.id, reason || status);
      return;
    }
    if (!this.#joined) return;
    this.#joined = false;
    // 332: the server is shutting down. That is a lost link, not the end of the meeting.
    const how = statusCodes.has(307) ? "kicked" : statusCodes.has(332) ? "shut-down" : "destroyed";
    this.#events.ended(how, reason, otherRoom);
  }

  #receiveMessage(stanza: XmlElement): void {
    const subject = textOfChild(stanza, "subject");
    if (subject !== undefined && !childNamed(stanza, "body")) {
      this.#events.subject(subject);
      return;
    }
    const user = childNamed(stanza, "x", NS.mucUser);
    if (user && childNamed(user, "invite")) this.#events.invited(textOfChild(user, "password"));
    if (childrenNamed(user, "status").some(({ attrs }) => attrs.code === "104")) this.#events.configured();
  }

  #receiveIq(stanza: XmlElement): boolean {
    if (childNamed(stanza, "jingle", NS.jingle)) {
      if (resourceOf(stanza.attrs.from) === "focus") this.#events.jingle(stanza);
      else for (const answer of declineCall(stanza)) this.#connection.send(answer);
      return true;
    }
    const query = childNamed(stanza, "query", NS.discoInfo);
    if (query) {
      this.#connection.send(resultOf(stanza, discoAnswer(query.attrs.node)));
      return true;
    }
    const mute = childNamed(stanza, "mute");
    const media = MODERATED_MEDIA.find((each) => MUTE_NAMESPACES[each] === mute?.attrs.xmlns);
    if (mute && media && resourceOf(stanza.attrs.from) === "focus") {
      this.#connection.send(resultOf(stanza));
      if (textOf(mute) === "true") this.#events.muteAsked(media, resourceOf(mute.attrs.actor));
      return true;
    }
    return elementsOf(stanza).length === 0;
  }
}
