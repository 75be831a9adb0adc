import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import {
  addRoom,
  type MeetingMember,
  type MeetingRoom,
  ROOM_NAME_LENGTH,
  readBreakoutNews,
  removeRoom,
  renameRoom,
  sendToRoom,
} from "../../protocol/conference/breakout-rooms.ts";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import type { Room } from "../../protocol/conference/room.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import { isComponent } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { shareOut } from "./share-out.ts";

/** The rooms beside the meeting's own, who is in which, and the ways between them. */
export class BreakoutRooms implements Activity {
  readonly rooms = signal<readonly MeetingRoom[]>([]);
  readonly groups: ReadonlySignal<readonly MeetingRoom[]>;
  readonly isAside: ReadonlySignal<boolean>;
  /** The group we are in. */
  readonly current: ReadonlySignal<MeetingRoom | undefined>;
  /** How many there have been, for the number in the name of the next. */
  readonly counter = signal(0);
  readonly #context: CallContext;
  #lastRoom: string;

  constructor(context: CallContext) {
    this.#context = context;
    this.#lastRoom = context.mainRoom;
    const { roomJid } = context.state;
    this.groups = computed(() => this.rooms.value.filter(({ isMain }) => !isMain));
    this.isAside = computed(() => roomJid.value !== "" && roomJid.value !== context.mainRoom);
    this.current = computed(() => this.groups.value.find(({ jid }) => jid === roomJid.value));
  }

  get isOffered(): boolean {
    return this.#component !== undefined;
  }

  get mainRoom(): string {
    return this.#context.mainRoom;
  }

  add(name: string): void {
    const subject = fitting(name);
    if (subject !== "") this.#say((component, id) => addRoom(component, id, subject));
  }

  rename(jid: string, name: string): void {
    const subject = fitting(name);
    if (subject !== "") this.#say((component, id) => renameRoom(component, id, jid, subject));
  }

  /** Whoever is in it goes back to the main room. */
  empty(jid: string): void {
    for (const member of this.#room(jid)?.people ?? []) this.#sendMember(member, this.mainRoom);
  }

  remove(jid: string): void {
    this.empty(jid);
    this.#say((component, id) => removeRoom(component, id, jid));
  }

  removeAll(): void {
    for (const { jid } of this.groups.value) this.remove(jid);
  }

  send(person: string, jid: string): void {
    const member = this.rooms.value.flatMap(({ people }) => people).find(({ id }) => id === person);
    if (member) this.#sendMember(member, jid);
  }

  /** Those in the main room who are no moderators; where all are moderators, all but ourselves. Telephones stay. */
  shareOut(random: () => number): void {
    const { selfId, occupants } = this.#context.state;
    const others = (this.#room(this.mainRoom)?.people ?? []).filter(
      ({ id }) => id !== selfId.value && !occupants.value.get(id)?.isPhone,
    );
    const led = others.filter(({ isModerator }) => !isModerator);
    const people = (led.length > 0 ? led : others).map(({ id }) => id);
    for (const { person, room } of shareOut(people, this.groups.value, random)) this.send(person, room);
  }

  join(jid: string): void {
    this.#context.moveTo(jid);
  }

  leaveGroup(): void {
    this.#context.moveTo(this.mainRoom);
  }

  entered(room: Room): void {
    if (room.jid === this.#lastRoom) return;
    this.#lastRoom = room.jid;
    const { notices } = this.#context.state;
    if (room.jid === this.mainRoom) notices.show("breakoutRooms.notifications.joinedMainRoom", { group: "moved" });
    else {
      const name = this.#room(room.jid)?.name ?? "";
      notices.show("breakoutRooms.notifications.joined", { values: { name }, group: "moved" });
    }
  }

  json(message: JsonMessage, from: string): void {
    const news = isComponent(from) ? readBreakoutNews(message) : undefined;
    if (news?.type === "move") this.#context.moveTo(news.room);
    else if (news) {
      this.rooms.value = news.rooms;
      this.counter.value = news.counter;
    }
  }

  get #component(): string | undefined {
    return this.#context.offers.component("breakout_rooms");
  }

  #room(jid: string): MeetingRoom | undefined {
    return this.rooms.value.find((room) => room.jid === jid);
  }

  #sendMember({ id, realJid }: MeetingMember, jid: string): void {
    if (id === this.#context.state.selfId.value) this.join(jid);
    else this.#say((component, stanzaId) => sendToRoom(component, stanzaId, realJid, jid));
  }

  #say(write: (component: string, id: string) => XmlElement): void {
    const { connection, state } = this.#context;
    const component = this.#component;
    if (component) connection.send(write(component, connection.newId()));
    else state.notices.show("notify.actionFailed", { kind: "error" });
  }
}

function fitting(name: string): string {
  return name.trim().slice(0, ROOM_NAME_LENGTH);
}
