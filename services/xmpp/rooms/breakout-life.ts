import type { Clock } from "@veche/kit/clock.ts";
import { muc } from "@veche/proto/subjects.ts";
import { writeBreakoutUpdate } from "../codec/jitsi-breakout-rooms.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { BreakoutGroup, BreakoutGroups } from "./breakout-groups.ts";
import { viewOf } from "./breakout-view.ts";
import type { DestroyReason, LeaveReason, RoomEvents } from "./room-events.ts";
import type { Rooms } from "./rooms.ts";

type Given = {
  readonly host: string;
  readonly groups: BreakoutGroups;
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly limits: Limits;
};

const roomsItem = "rooms";
const moversItem = "movers";

/** COMPAT: Jitsi's clients show this to who is in a room that ends. */
const endedText = "The meeting has been terminated";

/** How main rooms and their breakout rooms live and end together, and what everybody is told of them. */
export class BreakoutLife {
  readonly name = "breakout-rooms";
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  entered(room: RoomOf, occupant: OccupantOf): void {
    const group = this.#given.groups.of(room);
    if (!group) return;
    if (group.movers.delete(occupant.realJid)) this.#keepMovers(group);
    group.closing?.cancel();
    group.closing = undefined;
    this.#schedule(group);
  }

  left(room: RoomOf, occupant: OccupantOf, reason: LeaveReason, by: string): void {
    const { groups, rooms } = this.#given;
    const group = groups.of(room);
    if (!group) return;
    if (reason === "moved") this.#setOut(group, [occupant]);
    if (reason === "kicked" && room === group.main) {
      for (const open of groups.openBreakouts(group)) {
        const same = [...open.occupants.values()].find(({ realJid }) => realJid === occupant.realJid);
        if (same) rooms.kick(open, same, { actor: by, reason: "" });
      }
    }
    this.#closeWhenEmpty(group);
    this.#schedule(group);
  }

  changed(room: RoomOf): void {
    const group = this.#given.groups.of(room);
    if (group) this.#schedule(group);
  }

  /**
   * Affiliations are those of the main room. What somebody in a breakout room changes there, they change for the whole
   * meeting; what is changed by nobody is put back.
   */
  affiliationChanged(room: RoomOf, bareJid: string, by: string): void {
    const { groups, keeper } = this.#given;
    const group = groups.of(room);
    if (!group) return;
    const { main } = group;
    if (room === main) {
      for (const open of groups.openBreakouts(group)) this.#mirror(main, open, bareJid, by);
    } else if (by !== "") {
      this.#mirror(room, main, bareJid, by);
    } else if (room.affiliationOf(bareJid) !== main.affiliationOf(bareJid)) {
      room.setAffiliation(bareJid, main.affiliationOf(bareJid));
      keeper.roomChanged(room);
    }
    this.#schedule(group);
  }

  #mirror(from: RoomOf, to: RoomOf, bareJid: string, by: string): void {
    const { rooms } = this.#given;
    const affiliation = from.affiliationOf(bareJid);
    if (to.affiliationOf(bareJid) === affiliation) return;
    const banned = affiliation === "outcast" ? to.withBareJid(bareJid) : [];
    for (const occupant of banned) rooms.kick(to, occupant, { actor: by, reason: "", ban: true });
    if (banned.length === 0) rooms.setAffiliation(to, bareJid, affiliation, by);
  }

  opened(room: RoomOf): void {
    const { groups, keeper } = this.#given;
    const group = groups.of(room);
    if (!group || group.main === room) return;
    for (const [bareJid, affiliation] of group.main.affiliations) room.setAffiliation(bareJid, affiliation);
    room.subject = group.breakouts.get(room.address.jid)?.subject ?? "";
    keeper.roomChanged(room);
  }

  /** A main room waits for who is in its breakout rooms, or on the way. */
  keepsOpen(room: RoomOf): boolean {
    const group = this.#given.groups.of(room);
    if (group?.main !== room) return false;
    return (
      group.closing !== undefined || this.#given.groups.openBreakouts(group).some(({ occupants }) => occupants.size > 0)
    );
  }

  destroying(room: RoomOf, reason: DestroyReason, by: string): void {
    const group = this.#given.groups.of(room);
    if (!group) return;
    if (group.main === room) this.#destroyAll(group, reason, by);
    else this.#setOut(group, [...room.occupants.values()]);
  }

  #destroyAll(group: BreakoutGroup, reason: DestroyReason, by: string): void {
    const { groups, rooms, events } = this.#given;
    const breakouts = [...group.breakouts.values()].map(({ address }) => address);
    const open = groups.openBreakouts(group);
    groups.close(group);
    for (const breakout of open) rooms.destroy(breakout, reason, reason === "empty" ? "" : endedText, { by });
    if (breakouts.length > 0) events.say(muc.breakoutsClosed, group.main, (head) => ({ ...head, breakouts, by }));
  }

  sessionEnded(session: Session): void {
    for (const group of this.#given.groups.all()) {
      if (!group.movers.delete(session.jid.full)) continue;
      this.#keepMovers(group);
      group.closing?.cancel();
      group.closing = undefined;
      this.#closeWhenEmpty(group);
    }
  }

  keep(group: BreakoutGroup): void {
    const rooms = [...group.breakouts.values()].map(({ address, subject }) => ({ uuid: address.name, subject }));
    this.#given.keeper.keepItem(group.main, this.name, roomsItem, { counter: group.counter, rooms });
  }

  restored(main: RoomOf, items: ReadonlyMap<string, unknown>): void {
    const { groups } = this.#given;
    const kept = items.get(roomsItem) as KeptRooms | undefined;
    if (!kept) return;
    const group = groups.open(main);
    group.counter = kept.counter;
    for (const { uuid, subject } of kept.rooms) groups.add(group, uuid, subject);
    for (const [realJid, nick] of (items.get(moversItem) as KeptMovers | undefined) ?? [])
      group.movers.set(realJid, nick);
  }

  /** Whose stream was not restored is not on the way any more. */
  started(): void {
    for (const group of this.#given.groups.all()) {
      this.#closeWhenEmpty(group);
      this.#schedule(group);
    }
  }

  close(): void {
    for (const group of this.#given.groups.all()) {
      group.updating?.cancel();
      group.closing?.cancel();
    }
  }

  /** Other roles and everybody in the meeting hear of the rooms. */
  tellOf(group: BreakoutGroup, by: string): void {
    this.#given.events.roomUpdated(group.main, ["breakouts"], by);
    group.countsSaid = this.#countsOf(group);
    this.#schedule(group);
  }

  #setOut(group: BreakoutGroup, occupants: readonly OccupantOf[]): void {
    for (const { realJid, nick, receiver } of occupants) if (!receiver.isEnded) group.movers.set(realJid, nick);
    this.#keepMovers(group);
  }

  #keepMovers(group: BreakoutGroup): void {
    const movers: KeptMovers = [...group.movers];
    this.#given.keeper.keepItem(group.main, this.name, moversItem, movers.length > 0 ? movers : undefined);
  }

  #closeWhenEmpty(group: BreakoutGroup): void {
    const { groups, rooms, clock, limits } = this.#given;
    if (group.closing || group.breakouts.size === 0) return;
    if (groups.openRooms(group).some(({ occupants }) => occupants.size > 0)) return;
    const delayMs = group.movers.size > 0 ? limits.breakouts.movingMs : limits.breakouts.emptyMs;
    group.closing = clock.after(delayMs, () => {
      group.closing = undefined;
      rooms.destroy(group.main, "empty", "");
    });
  }

  #schedule(group: BreakoutGroup): void {
    const { clock, groups, limits } = this.#given;
    if (group.updating || groups.of(group.main) !== group) return;
    const people = groups.openRooms(group).reduce((sum, { occupants }) => sum + occupants.size, 0);
    // The larger the meeting, the longer each update and the more receivers it has.
    const delayMs = Math.max(limits.breakouts.updateMs, people * limits.breakouts.updatePerPersonMs);
    group.updating = clock.after(delayMs, () => {
      group.updating = undefined;
      this.#update(group);
    });
  }

  /** Everybody is sent what has changed; newcomers in any case. */
  #update(group: BreakoutGroup): void {
    const { groups, rooms, domains, events, host } = this.#given;
    const stanza = writeBreakoutUpdate(host, group.counter, viewOf(group, rooms, domains));
    if (stanza.tail !== group.said.text) group.said = { text: stanza.tail, heard: new WeakSet() };
    for (const { occupant } of groups.occupants(group)) {
      if (group.said.heard.has(occupant)) continue;
      group.said.heard.add(occupant);
      occupant.receiver.send(stanza);
    }
    const counts = this.#countsOf(group);
    if (counts === group.countsSaid) return;
    group.countsSaid = counts;
    events.roomUpdated(group.main, ["breakouts"]);
  }

  #countsOf(group: BreakoutGroup): string {
    const { rooms } = this.#given;
    return [...group.breakouts.keys()].map((jid) => rooms.get(jid)?.occupants.size ?? 0).join();
  }
}

type KeptRooms = {
  readonly counter: number;
  readonly rooms: readonly { readonly uuid: string; readonly subject: string }[];
};
type KeptMovers = readonly (readonly [string, string])[];
