import { randomUUID } from "node:crypto";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { FocusPresence } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import type { Jid } from "../codec/jid.ts";
import type { Outgoing } from "../codec/rfc6120-stanza.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import type { AffiliationName } from "../domain/affiliation.ts";
import { type OccupantFacts, Room, type RoomAddress } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { DestroyReason, LeaveReason, RoomEvents } from "./room-events.ts";
import type { AllRoomHooks } from "./room-hooks.ts";
import {
  configurationChangedStanza,
  type Departure,
  departureStanza,
  focusPresenceStanza,
  historyStanza,
  ownPresenceStanza,
  presenceStanza,
  quiet,
  subjectStanza,
} from "./room-stanzas.ts";

/** What is told of every change that has to outlive the process. */
export interface RoomsKeeper {
  roomChanged(room: RoomOf): void;
  roomGone(room: RoomOf): void;
  occupantJoined(room: RoomOf, occupant: OccupantOf): void;
  occupantChanged(room: RoomOf, occupant: OccupantOf): void;
  occupantGone(room: RoomOf, occupant: OccupantOf): void;
}

export interface RoomsListener {
  opened(room: RoomOf): void;
}

export type Presence = { readonly payload: string; readonly facts: OccupantFacts };
export type EntryPresence = Presence & {
  /** As far as known already. */
  readonly capabilities: readonly string[];
  /** How much history is wanted at most. */
  readonly maxHistory: number | undefined;
};

/** The rooms and who is in them. Every change is fanned out, said on the bus and kept. */
export class Rooms {
  readonly #domains: Domains;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #events: RoomEvents;
  readonly #keeper: RoomsKeeper;
  readonly #hooks: AllRoomHooks;
  readonly #byJid = new Map<string, RoomOf>();
  readonly #byId = new Map<string, RoomOf>();
  readonly #emptyTimers = new Map<RoomOf, Timer>();
  readonly #presences = new WeakMap<OccupantOf, Outgoing>();
  #listener: RoomsListener | undefined;

  constructor(given: {
    readonly domains: Domains;
    readonly clock: Clock;
    readonly limits: Limits;
    readonly events: RoomEvents;
    readonly keeper: RoomsKeeper;
    readonly hooks: AllRoomHooks;
  }) {
    this.#domains = given.domains;
    this.#clock = given.clock;
    this.#limits = given.limits;
    this.#events = given.events;
    this.#keeper = given.keeper;
    this.#hooks = given.hooks;
  }

  listen(listener: RoomsListener): void {
    this.#listener = listener;
  }

  get size(): number {
    return this.#byJid.size;
  }

  get occupants(): number {
    let sum = 0;
    for (const room of this.#byJid.values()) sum += room.occupants.size;
    return sum;
  }

  all(): Iterable<RoomOf> {
    return this.#byJid.values();
  }

  get(jid: string): RoomOf | undefined {
    return this.#byJid.get(jid);
  }

  /** By the id of the events. */
  byId(id: string): RoomOf | undefined {
    return this.#byId.get(id);
  }

  /** Which room an address means; undefined where there can be none. */
  addressOf(jid: Jid): RoomAddress | undefined {
    return this.#hooks.addressOf(jid) ?? this.#domains.roomAddress(jid);
  }

  /** The focus opens a room, or says again that it is there. */
  open(address: RoomAddress, focus: FocusPresence): { readonly room: RoomOf; readonly created: boolean } {
    const known = this.#byJid.get(address.jid);
    if (known) {
      this.setFocus(known, focus);
      return { room: known, created: false };
    }
    const room: RoomOf = new Room<Session>(address, randomUUID(), this.#clock.now());
    room.focus = focus;
    room.setAffiliation(this.#domains.focusBareJid, "owner");
    this.#add(room);
    this.#armEmpty(room, this.#limits.unjoinedRoomMs);
    this.#keeper.roomChanged(room);
    this.#hooks.opened(room);
    this.#listener?.opened(room);
    return { room, created: true };
  }

  /** Rooms a process before this one had. */
  takeOver(rooms: readonly RoomOf[]): void {
    for (const room of rooms) {
      this.#add(room);
      for (const occupant of room.occupants.values()) this.#events.known(room, occupant);
      if (room.occupants.size === 0) this.#armEmpty(room, this.#limits.emptyRoomMs);
    }
  }

  /** Of the restored, those whose clients can't come back have left. */
  sayLost(orphans: readonly { readonly room: RoomOf; readonly nick: string }[]): void {
    for (const { room, nick } of orphans) {
      const occupant = room.occupants.get(nick);
      if (occupant) this.leave(room, occupant, "timeout");
    }
  }

  /** An account that can't come back needs no affiliation. */
  forget(room: RoomOf, bareJid: string): void {
    if (room.affiliationOf(bareJid) === "none" || room.withBareJid(bareJid).length > 0) return;
    room.setAffiliation(bareJid, "none");
    this.#keeper.roomChanged(room);
  }

  #add(room: RoomOf): void {
    this.#byJid.set(room.address.jid, room);
    this.#byId.set(room.address.room, room);
  }

  setFocus(room: RoomOf, focus: FocusPresence): void {
    room.focus = focus;
    this.#keeper.roomChanged(room);
    const stanza = focusPresenceStanza(room, this.#domains.focusFullJid);
    if (stanza) this.broadcast(room, stanza);
  }

  broadcast(room: RoomOf, stanza: Outgoing): void {
    for (const occupant of room.occupants.values()) occupant.receiver.send(stanza);
  }

  enter(room: RoomOf, session: Session, nick: string, presence: EntryPresence): OccupantOf {
    const occupant: OccupantOf = {
      nick,
      realJid: session.jid.full,
      bareJid: session.jid.bare,
      joinedMs: this.#clock.now(),
      order: room.nextOrder(),
      receiver: session,
      facts: presence.facts,
      capabilities: presence.capabilities,
      payload: presence.payload,
      isInterrupted: false,
    };
    this.#emptyTimers.get(room)?.cancel();
    this.#emptyTimers.delete(room);
    this.#hooks.welcome(room, occupant);
    this.welcome(room, occupant);
    const stanza = this.#presenceOf(room, occupant);
    this.broadcast(room, stanza);
    room.add(occupant);
    session.rooms.set(room.address.jid, { room, occupant });
    this.#sendOwn(room, occupant);
    for (const entry of this.#historyFor(room, presence.maxHistory)) session.send(historyStanza(room, entry));
    session.send(subjectStanza(room));
    this.#keeper.occupantJoined(room, occupant);
    this.#events.joined(room, occupant);
    this.#startWithTwo(room, occupant);
    this.#hooks.entered(room, occupant);
    return occupant;
  }

  /** The presences of everybody else, the focus first. */
  welcome(room: RoomOf, occupant: OccupantOf): void {
    const focus = focusPresenceStanza(room, this.#domains.focusFullJid);
    if (focus) occupant.receiver.send(focus);
    for (const other of room.occupants.values()) {
      if (other !== occupant) occupant.receiver.send(this.#presenceOf(room, other));
    }
  }

  update(room: RoomOf, occupant: OccupantOf, presence: Presence): void {
    occupant.payload = presence.payload;
    occupant.facts = presence.facts;
    this.#spread(room, occupant);
    this.#hooks.updated(room, occupant);
  }

  /** What the server says of an occupant in its presence has changed. */
  refresh(room: RoomOf, occupant: OccupantOf): void {
    this.#spread(room, occupant);
  }

  /** What an occupant can do became known. */
  setCapabilities(room: RoomOf, occupant: OccupantOf, capabilities: readonly string[]): void {
    occupant.capabilities = capabilities;
    this.#keeper.occupantChanged(room, occupant);
    this.#events.updated(room, occupant);
  }

  setAffiliation(room: RoomOf, bareJid: string, affiliation: AffiliationName, by = ""): void {
    const before = room.affiliationOf(bareJid);
    if (before === affiliation) return;
    room.setAffiliation(bareJid, affiliation);
    this.#keeper.roomChanged(room);
    this.#hooks.affiliationChanged(room, bareJid, before, by);
    for (const occupant of room.withBareJid(bareJid)) this.#spread(room, occupant);
  }

  kick(
    room: RoomOf,
    occupant: OccupantOf,
    by: { readonly actor: string; readonly reason: string; readonly ban?: boolean },
  ) {
    this.setAffiliationQuietly(room, occupant.bareJid, by.ban ? "outcast" : "none", by.actor);
    const statuses = [by.ban ? mucStatus.banned : mucStatus.kicked];
    this.leave(room, occupant, "kicked", { statuses, payload: "", actor: by.actor, reason: by.reason }, by.actor);
  }

  setAffiliationQuietly(room: RoomOf, bareJid: string, affiliation: AffiliationName, by = ""): void {
    const before = room.affiliationOf(bareJid);
    room.setAffiliation(bareJid, affiliation);
    this.#keeper.roomChanged(room);
    if (before !== affiliation) this.#hooks.affiliationChanged(room, bareJid, before, by);
  }

  leave(room: RoomOf, occupant: OccupantOf, reason: LeaveReason, departure: Departure = quiet, by = ""): void {
    if (room.occupants.get(occupant.nick) !== occupant) return;
    room.occupants.delete(occupant.nick);
    occupant.receiver.rooms.delete(room.address.jid);
    occupant.receiver.send(departureStanza(room, occupant, departure, true));
    if (room.occupants.size > 0) this.broadcast(room, departureStanza(room, occupant, departure, false));
    this.#presences.delete(occupant);
    this.#keeper.occupantGone(room, occupant);
    this.#events.left(room, occupant, reason, by);
    this.#hooks.left(room, occupant, reason, by);
    if (room.occupants.size === 0) this.#armEmpty(room, this.#limits.emptyRoomMs);
  }

  destroy(
    room: RoomOf,
    reason: DestroyReason,
    text: string,
    options: { readonly by?: string; readonly jid?: string } = {},
  ) {
    if (this.#byJid.get(room.address.jid) !== room) return;
    this.#hooks.destroying(room, reason, options.by ?? "");
    const destroy = { reason: text, ...(options.jid === undefined ? {} : { jid: options.jid }) };
    for (const occupant of [...room.occupants.values()]) {
      room.occupants.delete(occupant.nick);
      occupant.receiver.rooms.delete(room.address.jid);
      occupant.receiver.send(departureStanza(room, occupant, { statuses: [], payload: "", destroy }, true));
      this.#keeper.occupantGone(room, occupant);
      this.#events.left(room, occupant, "ended", options.by ?? "");
    }
    this.#emptyTimers.get(room)?.cancel();
    this.#emptyTimers.delete(room);
    this.#byJid.delete(room.address.jid);
    this.#byId.delete(room.address.room);
    this.#keeper.roomGone(room);
    this.#events.destroyed(room, reason, options.by ?? "");
    this.#hooks.destroyed(room, reason);
  }

  /** Password, lobby or another part of the configuration changed. */
  configured(room: RoomOf, changed: readonly string[], by = ""): void {
    this.#keeper.roomChanged(room);
    this.broadcast(room, configurationChangedStanza(room));
    this.#hooks.configured(room, changed, by);
    if (changed.length > 0) this.#events.roomUpdated(room, changed, by);
  }

  setSubject(room: RoomOf, subject: string, from: string): void {
    room.subject = subject;
    room.subjectFrom = from;
    this.#keeper.roomChanged(room);
    this.#events.roomUpdated(room, ["subject"], from.slice(from.indexOf("/") + 1));
  }

  setInterrupted(room: RoomOf, occupant: OccupantOf, isInterrupted: boolean): void {
    if (occupant.isInterrupted === isInterrupted) return;
    occupant.isInterrupted = isInterrupted;
    if (isInterrupted) this.#events.interrupted(room, occupant);
    else this.#events.resumed(room, occupant);
    this.#events.known(room, occupant);
  }

  close(): void {
    for (const timer of this.#emptyTimers.values()) timer.cancel();
    this.#emptyTimers.clear();
  }

  #spread(room: RoomOf, occupant: OccupantOf): void {
    this.#presences.delete(occupant);
    const stanza = this.#presenceOf(room, occupant);
    for (const other of room.occupants.values()) if (other !== occupant) other.receiver.send(stanza);
    this.#sendOwn(room, occupant);
    this.#keeper.occupantChanged(room, occupant);
    this.#events.updated(room, occupant);
  }

  #sendOwn(room: RoomOf, occupant: OccupantOf): void {
    occupant.receiver.send(ownPresenceStanza(room, occupant, this.#hooks.presenceContent(room, occupant, true)));
  }

  #presenceOf(room: RoomOf, occupant: OccupantOf): Outgoing {
    let stanza = this.#presences.get(occupant);
    if (!stanza) {
      stanza = presenceStanza(room, occupant, this.#hooks.presenceContent(room, occupant, false));
      this.#presences.set(occupant, stanza);
    }
    return stanza;
  }

  #historyFor(room: RoomOf, limit: number | undefined) {
    return limit === undefined ? room.history : limit === 0 ? [] : room.history.slice(-limit);
  }

  /** The conference timer starts with the second person; who came first has to ask for it again. */
  #startWithTwo(room: RoomOf, newcomer: OccupantOf): void {
    if (room.startedMs !== 0 || room.occupants.size < 2) return;
    room.startedMs = this.#clock.now();
    this.#keeper.roomChanged(room);
    const stanza = configurationChangedStanza(room);
    for (const occupant of room.occupants.values()) if (occupant !== newcomer) occupant.receiver.send(stanza);
  }

  #armEmpty(room: RoomOf, delayMs: number): void {
    this.#emptyTimers.get(room)?.cancel();
    const timer = this.#clock.after(delayMs, () => {
      this.#emptyTimers.delete(room);
      if (room.occupants.size > 0) return;
      if (this.#hooks.keepsOpen(room)) this.#armEmpty(room, delayMs);
      else this.destroy(room, "empty", "");
    });
    this.#emptyTimers.set(room, timer);
  }
}
