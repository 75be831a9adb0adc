import type { Clock } from "@veche/kit/clock.ts";
import type { Jid } from "../codec/jid.ts";
import { displayNameFeature, displayNameRequired, registrationRequired } from "../codec/jitsi-lobby.ts";
import { relayedContent } from "../codec/jitsi-message.ts";
import { readPresenceFacts, relayedPresence } from "../codec/jitsi-presence.ts";
import { ns } from "../codec/namespaces.ts";
import {
  type Answer,
  answer,
  badRequest,
  done,
  refuse,
  type StanzaError,
  stanzaError,
} from "../codec/rfc6120-stanza.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { writeInvitation } from "../codec/xep0045-invitation.ts";
import { mucStatus, readAdmin } from "../codec/xep0045-muc.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import { decideKnock, type KnockRefusal } from "../domain/lobby.ts";
import { Rates } from "../domain/rates.ts";
import type { Limits } from "../limits.ts";
import { Lobbies, type LobbyGiven, lobbyName } from "../rooms/lobbies.ts";
import type { LobbyRoom, Person } from "../rooms/lobby-room.ts";
import { Throttle } from "../rooms/throttle.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import { type Feature, type HostHandler, type Iq, iqAbout } from "./feature.ts";
import type { RoomMetadata } from "./room-metadata.ts";

type Given = LobbyGiven & { readonly clock: Clock; readonly limits: Limits };

/** COMPAT: lib-jitsi-meet tries the room itself again on exactly this text. */
const noLobby = stanzaError("cancel", "not-allowed", "Room creation is restricted");
const notInside = stanzaError("modify", "not-acceptable", "only who is in the lobby may do this");
const notModerator = stanzaError("auth", "forbidden", "only a moderator may do this");
const notAllowed = stanzaError("cancel", "not-allowed", "in a lobby people are let in or sent away");
const notFound = stanzaError("cancel", "item-not-found");
const tooBig = stanzaError("modify", "policy-violation", "it is too big for a lobby");
const tooFast = stanzaError("wait", "resource-constraint", "too often; try again in a minute");
const inTooMany = stanzaError("wait", "resource-constraint", "in too many lobbies at once");

const refusals: Readonly<Record<KnockRefusal, StanzaError>> = {
  "nick-invalid": stanzaError("modify", "not-acceptable", "a nickname is letters, digits and _ and is not too long"),
  "nick-taken": stanzaError("cancel", "conflict", "somebody else has this nickname"),
  "nick-change": stanzaError("cancel", "not-acceptable", "a nickname can't be changed"),
  outcast: stanzaError("auth", "forbidden"),
  "name-missing": displayNameRequired,
  "name-long": stanzaError("modify", "policy-violation", "the name is too long"),
  full: stanzaError("wait", "service-unavailable", "too many people wait already"),
};

/** Waiting to be let in to a room for members only: knock, admit, reject, and a word with the moderators. */
export function lobby(given: Given, metadata: Pick<RoomMetadata, "set">): Feature {
  const lobbies = new Lobbies(given);
  const door = new LobbyDoor(given, lobbies);
  const switched = (room: RoomOf, changed: readonly string[], by: string) => {
    if (!changed.includes("lobby")) return;
    metadata.set(room, "lobbyEnabled", room.isMembersOnly, by);
    if (room.isMembersOnly) lobbies.opened(room, by);
    else lobbies.closed(room, by);
  };
  return {
    domainIdentities: [{ category: "component", type: "lobbyrooms", name: lobbies.host }],
    hosts: { [lobbies.host]: door.handler() },
    rooms: {
      name: lobbyName,
      explainRefusal: (room, refusal, error, { presence }) => {
        const waiting = refusal === "members-only" ? lobbies.of(room) : undefined;
        if (!waiting) return error;
        return hasName(presence) ? registrationRequired(waiting.jid) : displayNameRequired;
      },
      roomInfo: (room) => {
        const open = lobbies.of(room);
        return open ? [{ name: "muc#roominfo_lobbyroom", value: open.jid }] : [];
      },
      configured: switched,
      entered: (room, occupant) => lobbies.entered(room, occupant),
      affiliationChanged: (room, bareJid, before, by) => lobbies.affiliationChanged(room, bareJid, before, by),
      destroying: (room) => lobbies.ended(room),
      waiting: (room) => lobbies.of(room)?.waiters.map(({ occupant }) => occupant) ?? [],
      restored: (room, items) => lobbies.restored(room, items),
    },
    started: () => lobbies.sayLost(),
    sessionEnded: (session, reason) => lobbies.sessionEnded(session, reason),
  };
}

function hasName(presence: Element): boolean {
  return (childOf(presence, "nick", ns.nick)?.getText() ?? "").trim() !== "";
}

/** Stanzas to lobbies. */
class LobbyDoor {
  readonly #given: Given;
  readonly #lobbies: Lobbies;
  readonly #knocks: Rates<Session>;
  readonly #messages: Rates<Session>;
  readonly #presences = new WeakMap<Person, Throttle>();

  constructor(given: Given, lobbies: Lobbies) {
    this.#given = given;
    this.#lobbies = lobbies;
    this.#knocks = new Rates(given.limits.lobby.entriesPerSession);
    this.#messages = new Rates(given.limits.messagesPerMember);
  }

  handler(): HostHandler {
    return {
      presence: (session, to, presence) => this.#presence(session, to, presence),
      message: (session, to, message) => this.#message(session, to, message),
      iqs: {
        [iqAbout("query", ns.mucAdmin)]: (session, iq, to) => this.#administer(session, iq, to),
        [iqAbout("query", ns.discoInfo)]: (session, iq, to) => this.#info(session, iq, to),
      },
    };
  }

  #presence(session: Session, to: Jid, presence: Element): StanzaError | undefined {
    const { type } = presence.attrs;
    const lobby = this.#lobbies.at(to);
    const person = lobby?.of(session);
    if (type === "unavailable") {
      if (lobby && person) this.#lobbies.leave(lobby, person, "client");
      return undefined;
    }
    if (type !== undefined) return undefined;
    if (!lobby) return noLobby;
    if (person && !childOf(presence, "x", ns.muc)) return this.#update(lobby, person, to, presence);
    return this.#knock(lobby, session, to, presence);
  }

  #knock(lobby: LobbyRoom, session: Session, to: Jid, presence: Element): StanzaError | undefined {
    const { clock, limits, hooks } = this.#given;
    if (!this.#knocks.take(session, clock.now())) return tooFast;
    const { main } = lobby;
    const nick = to.resource;
    const occupant = this.#occupant(session, nick, presence);
    if (!occupant) return tooBig;
    const forbidden = hooks.refuseEntry(main, { session, nick, presence });
    if (forbidden) return forbidden;
    const { realJid, bareJid, facts } = occupant;
    const isModerator = lobby.isModerator(occupant);
    const present = new Map([...lobby.people].map(([name, person]) => [name, person.occupant.realJid]));
    const affiliation = main.affiliationOf(bareJid);
    const knock = { nick, realJid, displayName: facts.displayName, affiliation, isModerator };
    const rules = { ...limits.lobby, nickLength: limits.entry.nickLength };
    const decided = decideKnock(present, lobby.waiters.length, knock, rules);
    if (!decided.ok) return refusals[decided.reason];
    if (decided.isAgain) return this.#update(lobby, lobby.of(session), to, presence);
    if (this.#lobbies.countOf(session) >= limits.roomsPerSession) return inTooMany;
    this.#lobbies.enter(lobby, occupant);
    if (affiliation === "member") session.send(writeInvitation(main.address.jid, main.address.jid));
    return undefined;
  }

  #update(lobby: LobbyRoom, person: Person | undefined, to: Jid, presence: Element): StanzaError | undefined {
    const { clock, limits } = this.#given;
    if (!person || person.occupant.nick !== to.resource) return refusals["nick-change"];
    const changed = this.#occupant(person.occupant.receiver, person.occupant.nick, presence);
    if (!changed) return tooBig;
    if (changed.facts.displayName.length > limits.lobby.nameLength) return refusals["name-long"];
    let rate = this.#presences.get(person);
    if (!rate) {
      rate = new Throttle(clock, limits.presencesPerMember);
      this.#presences.set(person, rate);
    }
    rate.run(() => {
      if (lobby.people.get(person.occupant.nick) !== person) return;
      person.occupant.payload = changed.payload;
      person.occupant.facts = changed.facts;
      this.#lobbies.update(lobby, person);
    });
    return undefined;
  }

  /** Undefined where the presence is too big. */
  #occupant(session: Session, nick: string, presence: Element): OccupantOf | undefined {
    const payload = relayedPresence(presence);
    if (Buffer.byteLength(payload) > this.#given.limits.lobby.presenceBytes) return undefined;
    const now = this.#given.clock.now();
    return {
      nick,
      realJid: session.jid.full,
      bareJid: session.jid.bare,
      joinedMs: now,
      order: 0,
      receiver: session,
      facts: readPresenceFacts(presence, nick, now),
      capabilities: [],
      payload,
      isInterrupted: false,
    };
  }

  #message(session: Session, to: Jid, message: Element): StanzaError | undefined {
    const { clock, limits } = this.#given;
    const lobby = this.#lobbies.at(to);
    const sender = lobby?.of(session);
    if (!lobby || !sender) return notInside;
    const isToAll = to.resource === "";
    if (isToAll !== (message.attrs.type === "groupchat"))
      return badRequest("groupchat goes to the lobby, the rest to one");
    if (!lobby.isModerator(sender.occupant) && !lobby.isWaiting(sender)) return notModerator;
    const content = childOf(message, "subject") ? "" : relayedContent(message);
    if (content === "") return notAllowed;
    if (Buffer.byteLength(content) > limits.messageBytes) return tooBig;
    if (!this.#messages.take(session, clock.now())) return tooFast;
    if (isToAll) lobby.say(sender, message, content);
    else if (!lobby.tell(sender, to.resource, message, content)) return notFound;
    return undefined;
  }

  #administer(session: Session, { type, payload }: Iq, to: Jid): Answer {
    const lobby = this.#lobbies.at(to);
    const { bare } = session.jid;
    if (!lobby?.isModerator({ bareJid: bare })) return refuse(notModerator);
    const read = readAdmin(payload);
    if (!read.ok) return refuse(read.error);
    if (type === "get" || read.value.some(({ role }) => role !== "none")) return refuse(notAllowed);
    const targets = read.value.map(({ nick = "", reason }) => ({ person: lobby.people.get(nick), reason }));
    if (targets.some(({ person }) => !person)) return refuse(notFound);
    if (targets.some(({ person }) => person && lobby.isModerator(person.occupant))) return refuse(notAllowed);
    const actor = lobby.of(session)?.occupant.nick ?? "";
    const by = session.rooms.get(lobby.main.address.jid)?.occupant.nick ?? "";
    for (const { person, reason } of targets) {
      const departure = { statuses: [mucStatus.kicked], payload: "", actor, reason };
      if (person) this.#lobbies.leave(lobby, person, "rejected", by, departure);
    }
    return done;
  }

  #info(session: Session, { payload }: Iq, to: Jid): Answer {
    const { node } = payload.attrs;
    if (to.local === "") {
      const identities = [{ category: "component", type: "lobbyrooms", name: this.#lobbies.host }];
      return answer(writeInfo({ identities, features: [ns.discoInfo, ns.muc, displayNameFeature] }, node));
    }
    if (to.resource !== "" || !this.#lobbies.at(to)?.of(session)) return refuse(notFound);
    const identities = [{ category: "conference", type: "text" }];
    const features = [ns.discoInfo, ns.muc, "muc_membersonly", "muc_nonanonymous", "muc_temporary"];
    return answer(writeInfo({ identities, features }, node));
  }
}
