import type { ModeratedMedia } from "../../protocol/conference/av-moderation.ts";
import { admission, Lobby } from "../../protocol/conference/lobby.ts";
import type { Room } from "../../protocol/conference/room.ts";
import { openRoom, type RoomInfo } from "../../protocol/conference/room-info.ts";
import { isSending } from "../../protocol/conference/source-info.ts";
import { type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { message } from "../../protocol/xmpp/stanza.ts";
import type { ServerOffers } from "./server-offers.ts";
import type { CallState } from "./state.ts";

/** What a moderator does to others, to the room, and to those who wait before it. */
export class Moderation {
  readonly #connection: XmppConnection;
  readonly #state: CallState;
  readonly #offers: ServerOffers;
  #room: Room | undefined;
  #lobby: Lobby | undefined;
  #password: string | undefined;
  /** What a room is like when we come in is no news. */
  #hasLooked = false;

  constructor(connection: XmppConnection, state: CallState, offers: ServerOffers) {
    this.#connection = connection;
    this.#state = state;
    this.#offers = offers;
  }

  /** We have a place in a room, or none any more. */
  enter(room: Room | undefined): void {
    this.#room = room;
    this.#lobby = undefined;
    this.#password = undefined;
    this.#hasLooked = false;
    this.#state.knockers.value = [];
    if (!room) this.#state.roomInfo.value = openRoom;
    else this.look();
  }

  /** The room or our part in it has changed: what is it like now? */
  look(): void {
    const room = this.#room;
    room?.info().then(
      (info) => {
        if (room === this.#room) this.#learnt(info, room);
      },
      () => {},
    );
  }

  /** Returns true when the stanza belongs to the lobby. */
  receive(stanza: XmlElement): boolean {
    return this.#lobby?.receive(stanza) ?? false;
  }

  kick(id: string): void {
    this.#attempt(this.#room?.kick(id, ""));
  }

  mute(id: string, media: ModeratedMedia): void {
    this.#attempt(this.#room?.mute(id, media));
  }

  /** Everybody but ourselves, as far as they are heard or seen. */
  muteAll(media: ModeratedMedia): void {
    for (const { id, sources } of this.#state.occupants.value.values())
      if (isSending(sources, media)) this.mute(id, media);
  }

  grantModerator(id: string): void {
    this.#setModerator(id, true);
  }

  revokeModerator(id: string): void {
    this.#setModerator(id, false);
  }

  /** The one we have set ourselves. */
  get password(): string | undefined {
    return this.#password;
  }

  setPassword(password: string): void {
    const hasLobby = this.#state.roomInfo.value.lobby !== undefined;
    this.#attempt(
      this.#room?.setPassword(password, hasLobby).then(() => {
        this.#password = password;
        this.#state.notices.show(password ? "notify.passwordSet" : "notify.passwordRemoved");
      }),
    );
  }

  setSubject(subject: string): void {
    if (this.#room)
      this.#connection.send(
        message(this.#room.jid, "groupchat", this.#connection.newId(), xml("subject", { xmlns: NS.client }, subject)),
      );
  }

  setLobby(isOn: boolean): void {
    const { occupants, roomInfo } = this.#state;
    // A gateway may have one address for all its calls: as a member it would let every later one in.
    const present = [...occupants.value.values()].filter(({ isModerator, isPhone }) => !isModerator && !isPhone);
    this.#attempt(
      this.#room?.setLobby(
        isOn,
        present.map(({ realJid }) => realJid),
        roomInfo.value.hasPassword,
      ),
    );
  }

  admit(ids: readonly string[]): void {
    const knockers = this.#state.knockers.value.filter(({ id }) => ids.includes(id));
    if (!this.#room || knockers.length === 0) return;
    const jids = knockers.map(({ realJid }) => realJid);
    this.#connection.send(admission(this.#room.jid, this.#connection.newId(), jids));
  }

  reject(id: string): void {
    this.#attempt(this.#lobby?.reject(id));
  }

  /** To somebody who waits. */
  writeTo(id: string, text: string): void {
    const { lobbyTalk } = this.#state;
    if (lobbyTalk.lines.value.every((line) => line.with !== id || !line.isOwn)) this.#lobby?.beginTalk(id);
    lobbyTalk.add({ with: id, text, isOwn: true });
    this.#lobby?.say(text, id);
  }

  endForAll(): void {
    const component = this.#offers.component("end_conference");
    if (component)
      this.#connection.send(
        xml("message", { xmlns: NS.client, to: component }, xml("end_conference", { xmlns: NS.client })),
      );
  }

  #setModerator(id: string, isModerator: boolean): void {
    const occupant = this.#state.occupants.value.get(id);
    if (!occupant) return;
    const { name } = occupant;
    const text = isModerator ? "notify.grantedTo" : "notify.revokedFrom";
    this.#attempt(
      this.#room
        ?.setModerator(occupant.realJid, isModerator)
        .then(() => this.#state.notices.show(text, { values: { name } })),
    );
  }

  #learnt(info: RoomInfo, room: Room): void {
    const { roomInfo, isModerator } = this.#state;
    const had = roomInfo.value.lobby !== undefined;
    roomInfo.value = info;
    if (this.#hasLooked && had !== (info.lobby !== undefined))
      this.#state.notices.show(info.lobby ? "notify.lobbyOn" : "notify.lobbyOff");
    this.#hasLooked = true;
    if (info.lobby && isModerator.value) this.#watch(info.lobby, room.nick);
    else this.#lookAway();
  }

  #watch(jid: string, nick: string): void {
    if (this.#lobby?.jid === jid) return;
    const { knockers, lobbyTalk, occupants } = this.#state;
    const drop = (id: string) => {
      knockers.value = knockers.value.filter((each) => each.id !== id);
      lobbyTalk.forget(id);
    };
    this.#lobby = new Lobby(jid, nick, this.#connection, {
      entered: () => {},
      knocks: (knocker) => {
        // Another moderator looks in from the room, and is nobody to let in.
        if ([...occupants.value.values()].some(({ realJid }) => realJid === knocker.realJid)) return;
        const isNew = knockers.value.every(({ id }) => id !== knocker.id);
        if (isNew) knockers.value = [...knockers.value, knocker];
        else knockers.value = knockers.value.map((each) => (each.id === knocker.id ? knocker : each));
      },
      leaves: drop,
      rejected: () => this.#lookAway(),
      closed: () => this.#lookAway(),
      refused: () => {
        this.#lobby = undefined;
      },
      said: (from, text) => {
        // Other moderators talk with those who wait, too; that is between them.
        if (knockers.value.some(({ id }) => id === from)) lobbyTalk.add({ with: from, text, isOwn: false });
      },
    });
    this.#lobby.enter(this.#state.name.value);
  }

  #lookAway(): void {
    this.#lobby?.leave();
    this.#lobby = undefined;
    this.#state.knockers.value = [];
  }

  #attempt(act: Promise<unknown> | undefined): void {
    act?.catch(() => this.#state.notices.show("notify.actionFailed", { kind: "error" }));
  }
}
