import type { Log } from "@veche/kit/log.ts";
import { muc } from "@veche/proto/subjects.ts";
import { bareOf, type Jid, makeJid, parseJid } from "../codec/jid.ts";
import { type LobbyNotification, writeLobbyNotification } from "../codec/jitsi-lobby.ts";
import { readRelayedFacts } from "../codec/jitsi-presence.ts";
import { write } from "../codec/rfc6120-stanza.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import type { AffiliationName } from "../domain/affiliation.ts";
import { lobbyNode, readLobbyNode } from "../domain/lobby.ts";
import type { Domains } from "../domains.ts";
import type { Keeper } from "../state/keeper.ts";
import { anonymous, personOf } from "../stream/identity.ts";
import { type OccupantOf, type RoomOf, Session } from "../stream/session.ts";
import type { EndReason, Sessions } from "../stream/sessions.ts";
import { LobbyRoom, type Person } from "./lobby-room.ts";
import { occupantMessage } from "./occupant-message.ts";
import type { RoomEvents } from "./room-events.ts";
import type { AllRoomHooks } from "./room-hooks.ts";
import { type Departure, occupantJid, quiet } from "./room-stanzas.ts";
import type { Rooms } from "./rooms.ts";

export type LobbyGiven = {
  readonly domains: Domains;
  readonly rooms: Rooms;
  readonly hooks: AllRoomHooks;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly sessions: Sessions;
  readonly log: Log;
};

export type LobbyLeaveReason = "admitted" | "rejected" | "client" | "timeout" | "ended";

/** Names the feature's records. */
export const lobbyName = "lobby";

type KeptPerson = {
  readonly nick: string;
  readonly realJid: string;
  readonly payload: string;
  readonly joinedMs: number;
  readonly isDecided: boolean;
  readonly person: string;
};

/** The lobbies of all rooms that let nobody but members in. What happens in them is told to the room, said and kept. */
export class Lobbies {
  readonly host: string;
  readonly #given: LobbyGiven;
  readonly #byRoom = new WeakMap<RoomOf, LobbyRoom>();
  readonly #bySession = new Map<Session, Set<LobbyRoom>>();
  /** People in lobbies whose streams did not outlive a process before this one. */
  #lost: { readonly lobby: LobbyRoom; readonly person: Person }[] = [];

  constructor(given: LobbyGiven) {
    this.#given = given;
    this.host = given.domains.component(lobbyName);
  }

  /** The open lobby of a room. */
  of(room: RoomOf): LobbyRoom | undefined {
    return room.isMembersOnly ? this.#lobbyOf(room) : undefined;
  }

  at({ local }: Jid): LobbyRoom | undefined {
    const room = this.#given.rooms.get(this.#mainJid(local));
    return room && this.of(room);
  }

  /** How many lobbies a stream is in. */
  countOf(session: Session): number {
    return this.#bySession.get(session)?.size ?? 0;
  }

  opened(room: RoomOf, by: string): void {
    if (!this.of(room)) return;
    this.#given.log.info({ room: room.address.room }, "lobby opened");
    this.#notify(room, by, { event: "LOBBY-ENABLED", value: true });
  }

  /** Everybody who waits may come in. */
  closed(room: RoomOf, by: string): void {
    const lobby = this.#lobbyOf(room);
    if (!lobby) return;
    this.#notify(room, by, { event: "LOBBY-ENABLED", value: false });
    this.#empty(lobby, "admitted", by);
    lobby.destroy("", room.address.jid);
    this.#byRoom.delete(room);
  }

  /** The meeting is over. */
  ended(room: RoomOf): void {
    const lobby = this.#byRoom.get(room);
    if (!lobby) return;
    this.#empty(lobby, "ended", "");
    lobby.destroy("");
    this.#byRoom.delete(room);
  }

  enter(lobby: LobbyRoom, occupant: OccupantOf): Person {
    const person: Person = { occupant, isDecided: false };
    this.#index(lobby, occupant.receiver);
    lobby.enter(person);
    this.#keep(lobby, person);
    if (!lobby.isWaiting(person)) return person;
    const { main } = lobby;
    this.#given.log.info({ room: main.address.room, endpoint: occupant.nick }, "waits in the lobby");
    const visitor = occupantMessage(main, occupant, this.#given.domains);
    this.#given.events.say(muc.lobbyEntered, main, (head) => ({ ...head, visitor }));
    if (isLetIn(main.affiliationOf(occupant.bareJid))) this.#decide(lobby, person, "admitted", "");
    return person;
  }

  update(lobby: LobbyRoom, person: Person): void {
    lobby.show(person);
    this.#keep(lobby, person);
  }

  leave(lobby: LobbyRoom, person: Person, reason: LobbyLeaveReason, by = "", departure: Departure = quiet): void {
    if (lobby.people.get(person.occupant.nick) !== person) return;
    if (lobby.isWaiting(person)) this.#decide(lobby, person, reason, by);
    lobby.leave(person, departure);
    this.#drop(lobby, person);
  }

  /** Whoever came into the room waits no longer. */
  entered(room: RoomOf, { bareJid }: OccupantOf): void {
    const lobby = this.#byRoom.get(room);
    if (!lobby) return;
    for (const person of lobby.withBareJid(bareJid)) {
      if (lobby.isModerator(person.occupant)) continue;
      this.#decide(lobby, person, "admitted", "");
      lobby.leave(person);
      this.#drop(lobby, person);
    }
  }

  affiliationChanged(room: RoomOf, bareJid: string, before: AffiliationName, by: string): void {
    const lobby = this.#byRoom.get(room);
    if (!lobby) return;
    const now = room.affiliationOf(bareJid);
    const was = isModerator(before);
    for (const person of lobby.withBareJid(bareJid)) {
      const isInside = room.withBareJid(bareJid).length > 0;
      if (now === "outcast") {
        this.leave(lobby, person, "rejected", by, { statuses: [mucStatus.banned], payload: "", actor: by });
      } else if (isLetIn(now) && !isInside) {
        this.#decide(lobby, person, "admitted", by);
      }
      if (isModerator(now) && !was) {
        lobby.withdraw(person);
        lobby.show(person);
      } else if (was && !isModerator(now)) {
        lobby.hideFrom(person);
      }
    }
  }

  sessionEnded(session: Session, reason: EndReason): void {
    for (const lobby of this.#bySession.get(session) ?? []) {
      const person = lobby.of(session);
      if (person) this.leave(lobby, person, reason === "client" ? "client" : "timeout");
      if (session.identity.kind !== "account") this.#given.rooms.forget(lobby.main, session.jid.bare);
    }
    this.#bySession.delete(session);
  }

  restored(room: RoomOf, items: ReadonlyMap<string, unknown>): void {
    const lobby = this.of(room);
    if (!lobby) return;
    for (const value of items.values()) {
      const kept = value as KeptPerson;
      const session = this.#given.sessions.byJid(kept.realJid);
      const receiver = session ?? lostSession(kept);
      const { nick, realJid, payload, joinedMs, isDecided } = kept;
      const occupant: OccupantOf = {
        nick,
        realJid,
        bareJid: bareOf(realJid),
        joinedMs,
        order: 0,
        receiver,
        facts: readRelayedFacts(payload, nick, joinedMs),
        capabilities: [],
        payload,
        isInterrupted: true,
      };
      const person = { occupant, isDecided };
      lobby.people.set(nick, person);
      if (session) this.#index(lobby, session);
      else this.#lost.push({ lobby, person });
    }
  }

  /** Those who can't come back have left. */
  sayLost(): void {
    for (const { lobby, person } of this.#lost.splice(0)) this.leave(lobby, person, "timeout");
  }

  /** Rooms that are elsewhere, breakout rooms, have none: their people come from the main room. */
  #lobbyOf(room: RoomOf): LobbyRoom | undefined {
    const known = this.#byRoom.get(room);
    const node = lobbyNode(room.address);
    if (known || room.address.jid !== this.#mainJid(node)) return known;
    const { hooks } = this.#given;
    const lobby = new LobbyRoom(`${node}@${this.host}`, room, (one, isOwn) => hooks.presenceContent(room, one, isOwn));
    this.#byRoom.set(room, lobby);
    return lobby;
  }

  #mainJid(node: string): string {
    const { tenant, name } = readLobbyNode(node);
    return `${name}@${this.#given.domains.mucOf(tenant)}`;
  }

  #empty(lobby: LobbyRoom, reason: LobbyLeaveReason, by: string): void {
    const waiting = lobby.waiters;
    for (const person of lobby.people.values()) this.#drop(lobby, person);
    for (const person of waiting) this.#decide(lobby, person, reason, by);
  }

  /** Says once what became of somebody who waited. */
  #decide(lobby: LobbyRoom, person: Person, reason: LobbyLeaveReason, by: string): void {
    if (person.isDecided) return;
    person.isDecided = true;
    const { main } = lobby;
    const { nick, bareJid, receiver, facts } = person.occupant;
    this.#given.log.info({ room: main.address.room, endpoint: nick, reason }, "waits no longer");
    const who = personOf(receiver.identity, bareJid);
    this.#given.events.say(muc.lobbyLeft, main, (head) => ({ ...head, endpoint: nick, person: who, reason, by }));
    if (lobby.people.get(nick) === person) this.#keep(lobby, person);
    if (by === "" || (reason !== "admitted" && reason !== "rejected") || !main.isMembersOnly) return;
    const event = reason === "admitted" ? "LOBBY-ACCESS-GRANTED" : "LOBBY-ACCESS-DENIED";
    this.#notify(main, by, { event, value: bareJid, name: facts.displayName });
  }

  #notify(room: RoomOf, by: string, notification: LobbyNotification): void {
    const from = by === "" ? room.address.jid : occupantJid(room, by);
    this.#given.rooms.broadcast(
      room,
      write("message", { from, type: "groupchat" }, writeLobbyNotification(notification)),
    );
  }

  #index(lobby: LobbyRoom, session: Session): void {
    const lobbies = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, lobbies.add(lobby));
  }

  #drop(lobby: LobbyRoom, { occupant }: Person): void {
    const lobbies = this.#bySession.get(occupant.receiver);
    if (lobbies?.delete(lobby) && lobbies.size === 0) this.#bySession.delete(occupant.receiver);
    this.#given.keeper.keepItem(lobby.main, lobbyName, itemOf(occupant.nick), undefined);
  }

  #keep(lobby: LobbyRoom, { occupant, isDecided }: Person): void {
    const { nick, realJid, payload, joinedMs, receiver, bareJid } = occupant;
    const person = personOf(receiver.identity, bareJid);
    const kept: KeptPerson = { nick, realJid, payload, joinedMs, isDecided, person };
    this.#given.keeper.keepItem(lobby.main, lobbyName, itemOf(nick), kept);
  }
}

function itemOf(nick: string): string {
  return `person-${nick}`;
}

function isModerator(affiliation: AffiliationName): boolean {
  return affiliation === "owner" || affiliation === "admin";
}

function isLetIn(affiliation: AffiliationName): boolean {
  return affiliation === "member" || isModerator(affiliation);
}

/** Stands in for a client that is gone for good. */
function lostSession({ realJid, person }: KeptPerson): Session {
  const client = { app: "", version: "", browser: "", os: "", isMobileApp: false };
  const jid = parseJid(realJid) ?? makeJid("", "invalid");
  const session = new Session(jid, { address: "", origin: "", room: "", prefix: "", client }, 0, () => {});
  session.isEnded = true;
  session.identity = { ...anonymous, person };
  return session;
}
