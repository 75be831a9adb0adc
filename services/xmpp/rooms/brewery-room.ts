import { type Outgoing, write } from "../codec/rfc6120-stanza.ts";
import { type Item, mucStatus, writeUser } from "../codec/xep0045-muc.ts";
import type { RoomAddress } from "../domain/room.ts";
import type { Session } from "../stream/session.ts";

const instanceItem: Item = { affiliation: "member", role: "participant" };

/**
 * A small MUC that the server fills: its occupants are the instances of a role. Who watches sees them and itself, and
 * no other watcher.
 */
export class BreweryRoom {
  readonly address: RoomAddress;
  /** What each instance shows, by its nickname. */
  readonly #instances = new Map<string, string>();
  readonly #watchers = new Map<Session, string>();

  constructor(address: RoomAddress) {
    this.address = address;
  }

  get instances(): readonly string[] {
    return [...this.#instances.keys()];
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  has(instance: string): boolean {
    return this.#instances.has(instance);
  }

  /** Undefined for who does not watch. */
  nickOf(session: Session): string | undefined {
    return this.#watchers.get(session);
  }

  watchersNamed(nick: string): readonly Session[] {
    return [...this.#watchers].filter(([, own]) => own === nick).map(([session]) => session);
  }

  /** An instance has come, or shows something else. `content`: XML of its presence. */
  show(instance: string, content: string): void {
    this.#instances.set(instance, content);
    const stanza = this.#presence(instance, content);
    for (const session of this.#watchers.keys()) session.send(stanza);
  }

  withdraw(instance: string): void {
    if (!this.#instances.delete(instance)) return;
    const user = writeUser({ ...instanceItem, role: "none" });
    const stanza = write("presence", { from: this.#jidOf(instance), type: "unavailable" }, user);
    for (const session of this.#watchers.keys()) session.send(stanza);
  }

  /** Also for who is in and wants to see everything again. */
  enter(session: Session, nick: string): void {
    this.#watchers.set(session, nick);
    for (const [instance, content] of this.#instances) session.send(this.#presence(instance, content));
    this.showSelf(session);
    // XEP-0045 section 7.2.15: clients take it for the end of what they are told of a room.
    session.send(write("message", { from: this.address.jid, type: "groupchat" }, "<subject/>"));
  }

  showSelf(session: Session): void {
    const nick = this.#watchers.get(session);
    if (nick === undefined) return;
    const user = writeUser({ affiliation: "none", role: "visitor", jid: session.jid.full }, [mucStatus.self]);
    session.send(write("presence", { from: this.#jidOf(nick) }, user));
  }

  leave(session: Session, statuses: readonly number[]): void {
    const nick = this.#watchers.get(session);
    if (nick === undefined) return;
    this.#watchers.delete(session);
    const user = writeUser({ affiliation: "none", role: "none", jid: session.jid.full }, [...statuses, mucStatus.self]);
    session.send(write("presence", { from: this.#jidOf(nick), type: "unavailable" }, user));
  }

  /** As it was in a process before this one. */
  restore(session: Session, nick: string): void {
    this.#watchers.set(session, nick);
  }

  #presence(instance: string, content: string): Outgoing {
    return write("presence", { from: this.#jidOf(instance) }, content + writeUser(instanceItem));
  }

  #jidOf(nick: string): string {
    return `${this.address.jid}/${nick}`;
  }
}
