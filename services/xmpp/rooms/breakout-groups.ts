import type { Timer } from "@veche/kit/clock.ts";
import { roomId } from "@veche/proto/ids.ts";
import { type Jid, makeJid } from "../codec/jid.ts";
import type { RoomAddress } from "../domain/room.ts";
import type { Rate } from "../domain/token-bucket.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Rooms } from "./rooms.ts";

export type BreakoutLimits = {
  readonly rooms: number;
  readonly subjectLength: number;
  readonly commandsPerSession: Rate;
  readonly updateMs: number;
  /** Updates of large meetings are rarer. */
  readonly updatePerPersonMs: number;
  /** A meeting that everybody has left ends after so long, one that somebody is moving in after so long. */
  readonly emptyMs: number;
  readonly movingMs: number;
};

export type Breakout = { readonly address: RoomAddress; subject: string };

/** A main room with its breakout rooms, which may be open or not. */
export type BreakoutGroup = {
  readonly main: RoomOf;
  /** How many were made so far: clients name the next one by it. */
  counter: number;
  /** By address. */
  readonly breakouts: Map<string, Breakout>;
  /** Who has left one room for another and is not there yet: nickname by real address. */
  readonly movers: Map<string, string>;
  updating: Timer | undefined;
  closing: Timer | undefined;
  /** What was said last; who has heard it. */
  said: { readonly text: string; readonly heard: WeakSet<OccupantOf> };
  countsSaid: string;
};

/** Which breakout room belongs to which main room. */
export class BreakoutGroups {
  readonly #host: string;
  readonly #rooms: Rooms;
  readonly #byMain = new Map<RoomOf, BreakoutGroup>();
  readonly #byBreakout = new Map<string, BreakoutGroup>();

  constructor(host: string, rooms: Rooms) {
    this.#host = host;
    this.#rooms = rooms;
  }

  all(): Iterable<BreakoutGroup> {
    return this.#byMain.values();
  }

  isBreakoutHost({ domain }: Jid): boolean {
    return domain === this.#host;
  }

  isBreakout(room: RoomOf): boolean {
    return room.address.jid.endsWith(`@${this.#host}`);
  }

  /** The group of a main room or of one of its breakout rooms. */
  of(room: RoomOf): BreakoutGroup | undefined {
    return this.#byMain.get(room) ?? this.#byBreakout.get(room.address.jid);
  }

  ofBreakout(jid: string): BreakoutGroup | undefined {
    return this.#byBreakout.get(jid);
  }

  addressOf(jid: Jid): RoomAddress | undefined {
    return this.#byBreakout.get(jid.bare)?.breakouts.get(jid.bare)?.address;
  }

  open(main: RoomOf): BreakoutGroup {
    let group = this.#byMain.get(main);
    if (!group) {
      group = {
        main,
        counter: 0,
        breakouts: new Map(),
        movers: new Map(),
        updating: undefined,
        closing: undefined,
        said: { text: "", heard: new WeakSet() },
        countsSaid: "",
      };
      this.#byMain.set(main, group);
    }
    return group;
  }

  add(group: BreakoutGroup, uuid: string, subject: string): Breakout {
    const { tenant } = group.main.address;
    const { bare } = makeJid(uuid, this.#host);
    const address = { tenant, room: roomId(`breakout/${uuid}`, tenant), name: uuid, jid: bare };
    const breakout = { address, subject };
    group.breakouts.set(bare, breakout);
    this.#byBreakout.set(bare, group);
    return breakout;
  }

  remove(group: BreakoutGroup, jid: string): void {
    group.breakouts.delete(jid);
    this.#byBreakout.delete(jid);
  }

  close(group: BreakoutGroup): void {
    group.updating?.cancel();
    group.closing?.cancel();
    group.updating = undefined;
    group.closing = undefined;
    for (const jid of [...group.breakouts.keys()]) this.remove(group, jid);
    this.#byMain.delete(group.main);
  }

  /** The breakout rooms that are open. */
  openBreakouts(group: BreakoutGroup): readonly RoomOf[] {
    return [...group.breakouts.keys()].flatMap((jid) => this.#rooms.get(jid) ?? []);
  }

  /** The main room and the breakout rooms that are open. */
  openRooms(group: BreakoutGroup): readonly RoomOf[] {
    return [group.main, ...this.openBreakouts(group)];
  }

  /** Is somebody in the main room, in a breakout room, or on the way from one to another? */
  isInside(group: BreakoutGroup, session: Session): boolean {
    if (group.movers.has(session.jid.full)) return true;
    return this.openRooms(group).some(({ address }) => session.rooms.has(address.jid));
  }

  occupants(group: BreakoutGroup): readonly { readonly room: RoomOf; readonly occupant: OccupantOf }[] {
    return this.openRooms(group).flatMap((room) =>
      [...room.occupants.values()].map((occupant) => ({ room, occupant })),
    );
  }
}
