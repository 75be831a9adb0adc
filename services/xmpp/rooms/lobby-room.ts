import { messageStanza } from "../codec/jitsi-message.ts";
import { type Outgoing, write } from "../codec/rfc6120-stanza.ts";
import { type Item, mucStatus, writeUser } from "../codec/xep0045-muc.ts";
import type { Element } from "../codec/xml/element.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import { type Departure, quiet } from "./room-stanzas.ts";

/** Somebody in a lobby: who waits, or a moderator who looks after them. */
export type Person = {
  readonly occupant: OccupantOf;
  /** What becomes of them was said already: they are let in, and are on their way. */
  isDecided: boolean;
};

/**
 * The small MUC in which people wait. A moderator of the room sees everybody who waits, with their real addresses; who
 * waits sees nobody. Who lost moderation, and somebody of the room who strays here, is as good as not there.
 */
export class LobbyRoom {
  readonly jid: string;
  readonly main: RoomOf;
  readonly people = new Map<string, Person>();
  readonly #serverContent: (occupant: OccupantOf, isOwn: boolean) => string;

  constructor(jid: string, main: RoomOf, serverContent: (occupant: OccupantOf, isOwn: boolean) => string) {
    this.jid = jid;
    this.main = main;
    this.#serverContent = serverContent;
  }

  isModerator({ bareJid }: { readonly bareJid: string }): boolean {
    const affiliation = this.main.affiliationOf(bareJid);
    return affiliation === "owner" || affiliation === "admin";
  }

  isWaiting({ occupant }: Person): boolean {
    return !this.isModerator(occupant) && this.main.withBareJid(occupant.bareJid).length === 0;
  }

  get waiters(): readonly Person[] {
    return [...this.people.values()].filter((person) => this.isWaiting(person));
  }

  get moderators(): readonly Person[] {
    return [...this.people.values()].filter(({ occupant }) => this.isModerator(occupant));
  }

  of(session: Session): Person | undefined {
    return [...this.people.values()].find(({ occupant }) => occupant.receiver === session);
  }

  withBareJid(bareJid: string): readonly Person[] {
    return [...this.people.values()].filter(({ occupant }) => occupant.bareJid === bareJid);
  }

  enter(person: Person): void {
    this.people.set(person.occupant.nick, person);
    this.show(person);
  }

  /** Tells a person what it may see, and who may see it of its presence. */
  show(person: Person): void {
    const { receiver } = person.occupant;
    if (this.isModerator(person.occupant)) {
      for (const waiter of this.waiters) receiver.send(this.#presence(waiter, false));
    } else if (this.isWaiting(person)) {
      const stanza = this.#presence(person, false);
      for (const { occupant } of this.moderators) occupant.receiver.send(stanza);
    }
    receiver.send(this.#presence(person, true));
  }

  /** Somebody here is no longer a moderator: those who wait are none of their business now. */
  hideFrom({ occupant }: Person): void {
    for (const waiter of this.waiters) {
      if (waiter.occupant !== occupant) occupant.receiver.send(this.#departure(waiter, quiet, false));
    }
  }

  /** Who waited is a moderator now, and no longer shown as waiting. */
  withdraw(person: Person): void {
    const stanza = this.#departure(person, quiet, false);
    for (const { occupant } of this.moderators) if (occupant !== person.occupant) occupant.receiver.send(stanza);
  }

  leave(person: Person, departure: Departure = quiet): void {
    const { occupant } = person;
    if (this.people.get(occupant.nick) !== person) return;
    this.people.delete(occupant.nick);
    occupant.receiver.send(this.#departure(person, departure, true));
    const stanza = this.#departure(person, departure, false);
    if (!this.isModerator(occupant)) for (const other of this.moderators) other.occupant.receiver.send(stanza);
  }

  /** `jid`: where to go instead. */
  destroy(reason: string, jid?: string): void {
    const destroy = { reason, ...(jid === undefined ? {} : { jid }) };
    const everybody = [...this.people.values()];
    this.people.clear();
    for (const person of everybody) {
      person.occupant.receiver.send(this.#departure(person, { statuses: [], payload: "", destroy }, true));
    }
  }

  /** To the lobby: a moderator reaches everybody, who waits reaches the moderators. */
  say(sender: Person, message: Element, content: string): void {
    const stanza = messageStanza(`${this.jid}/${sender.occupant.nick}`, message, content);
    const isModerator = this.isModerator(sender.occupant);
    for (const person of this.people.values()) {
      const mayHear = person === sender || this.isModerator(person.occupant) || (isModerator && this.isWaiting(person));
      if (mayHear) person.occupant.receiver.send(stanza);
    }
  }

  /** False where there is nobody of that name whom the sender may write to. */
  tell(sender: Person, nick: string, message: Element, content: string): boolean {
    const target = this.people.get(nick);
    if (!target || !(this.isModerator(sender.occupant) || this.isModerator(target.occupant))) return false;
    target.occupant.receiver.send(messageStanza(`${this.jid}/${sender.occupant.nick}`, message, content));
    return true;
  }

  #item(occupant: OccupantOf): Item {
    const isModerator = this.isModerator(occupant);
    return {
      affiliation: isModerator ? "owner" : "none",
      role: isModerator ? "moderator" : "participant",
      jid: occupant.realJid,
    };
  }

  #presence({ occupant }: Person, isOwn: boolean): Outgoing {
    const user = writeUser(this.#item(occupant), isOwn ? [mucStatus.self] : []);
    const content = occupant.payload + this.#serverContent(occupant, isOwn) + user;
    return write("presence", { from: `${this.jid}/${occupant.nick}` }, content);
  }

  #departure({ occupant }: Person, { statuses, payload, actor, reason, destroy }: Departure, isOwn: boolean): Outgoing {
    const item: Item = {
      ...this.#item(occupant),
      role: "none",
      ...(actor === undefined ? {} : { actor }),
      ...(reason === undefined ? {} : { reason }),
    };
    const user = writeUser(item, isOwn ? [...statuses, mucStatus.self] : statuses, destroy);
    return write("presence", { from: `${this.jid}/${occupant.nick}`, type: "unavailable" }, payload + user);
  }
}
