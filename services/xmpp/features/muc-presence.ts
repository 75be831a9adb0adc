import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { cut } from "../codec/cut.ts";
import type { Jid } from "../codec/jid.ts";
import { readPresenceFacts, relayedPresence } from "../codec/jitsi-presence.ts";
import { type StanzaError, serviceUnavailable, stanzaError } from "../codec/rfc6120-stanza.ts";
import { type JoinRequest, readJoin } from "../codec/xep0045-muc.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import { escapeText } from "../codec/xml/serialise.ts";
import { decideEntry, type Entry, type EntryRefusal, type EntryRules } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Presence, Rooms } from "../rooms/rooms.ts";
import { Throttle } from "../rooms/throttle.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Capabilities } from "./capabilities.ts";
import type { JoinQueue } from "./join-queue.ts";
import { refuseStanza } from "./refuse.ts";

/** COMPAT: lib-jitsi-meet repeats its conference request on exactly this text. */
export const roomCreationRestricted = stanzaError("cancel", "not-allowed", "Room creation is restricted");

const refusals: Readonly<Record<EntryRefusal, StanzaError>> = {
  "nick-invalid": stanzaError("modify", "not-acceptable", "a nickname is letters, digits and _ and is not too long"),
  "nick-taken": stanzaError("cancel", "conflict", "somebody else has this nickname"),
  "nick-change": stanzaError("cancel", "not-acceptable", "a nickname can't be changed"),
  outcast: stanzaError("auth", "forbidden"),
  password: stanzaError("auth", "not-authorized"),
  "members-only": stanzaError("auth", "registration-required"),
  full: stanzaError("wait", "service-unavailable", "the room is full"),
};

const tooBig = stanzaError("modify", "policy-violation", "the presence is too big");
const inTooManyRooms = stanzaError("wait", "resource-constraint", "in too many rooms at once");

const welcomeAll: Entry = { ok: true, isAgain: false };

type Given = {
  readonly settings: Pick<LiveSettingsWatch, "current">;
  readonly rooms: Rooms;
  readonly hooks: AllRoomHooks;
  readonly domains: Domains;
  readonly queue: JoinQueue;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly limits: Limits;
};

/** Coming, changing, going (XEP-0045 section 7). */
export class MucPresence {
  readonly #given: Given;
  readonly #rates = new WeakMap<OccupantOf, Throttle>();

  constructor(given: Given) {
    this.#given = given;
  }

  receive(session: Session, to: Jid, presence: Element) {
    const { type } = presence.attrs;
    if (type === "unavailable") return this.#leave(session, to, presence);
    if (type !== undefined) return;
    const inside = session.rooms.get(to.bare);
    const join = readJoin(presence);
    if (inside && !join) {
      if (inside.occupant.nick !== to.resource)
        return refuseStanza(session, presence, to.full, refusals["nick-change"]);
      return this.#update(inside.room, inside.occupant, presence);
    }
    this.#join(session, to, presence, join ?? { password: undefined, maxHistory: undefined });
  }

  #join(session: Session, to: Jid, presence: Element, join: JoinRequest) {
    const { rooms, queue } = this.#given;
    const room = rooms.get(to.bare);
    if (room) return this.#enter(room, session, to, presence, join);
    const waits =
      queue.isOpening(to.bare) &&
      queue.wait(to.bare, {
        session,
        enter: () => this.#join(session, to, presence, join),
        refuse: () => refuseStanza(session, presence, to.full, serviceUnavailable),
      });
    if (!waits) refuseStanza(session, presence, to.full, this.#otherSpelling(to) ?? roomCreationRestricted);
  }

  /** The room is open under another spelling of its name: people would not see each other's addresses as they wrote them. */
  #otherSpelling(to: Jid): StanzaError | undefined {
    const { rooms } = this.#given;
    const address = rooms.addressOf(to);
    const open = address && rooms.byId(address.room);
    return open && stanzaError("cancel", "conflict", `this room is open as "${open.address.jid}"`);
  }

  #enter(room: RoomOf, session: Session, to: Jid, presence: Element, join: JoinRequest) {
    const { rooms, hooks, limits, capabilities, domains } = this.#given;
    const candidate = {
      nick: to.resource,
      bareJid: session.jid.bare,
      realJid: session.jid.full,
      password: join.password,
      isHidden: session.jid.domain === domains.hidden,
    };
    const request = { session, nick: to.resource, presence };
    const isInside = session.rooms.has(to.bare);
    const forbidden = isInside ? undefined : hooks.refuseEntry(room, request);
    if (forbidden) return refuseStanza(session, presence, to.full, forbidden);
    const decided = decideEntry(room, candidate, this.#entryRules());
    const entry = decided.ok || !hooks.mayPass(room, request, decided.reason) ? decided : welcomeAll;
    if (!entry.ok) {
      return refuseStanza(
        session,
        presence,
        to.full,
        hooks.explainRefusal(room, entry.reason, refusals[entry.reason], request),
      );
    }
    const content = this.#read(presence, to.resource);
    if (!content) return refuseStanza(session, presence, to.full, tooBig);
    if (entry.isAgain) return this.#enterAgain(room, session, content);
    if (session.rooms.size >= limits.roomsPerSession) return refuseStanza(session, presence, to.full, inTooManyRooms);
    const known = { capabilities: capabilities.knownOf(presence), maxHistory: join.maxHistory };
    const occupant = rooms.enter(room, session, to.resource, { ...content, ...known });
    capabilities.learn(room, occupant, presence);
  }

  /** Rooms that are fuller than a new limit lose nobody. */
  #entryRules(): EntryRules {
    const { entry } = this.#given.limits;
    const { maxParticipants } = this.#given.settings.current;
    return maxParticipants === 0 ? entry : { ...entry, members: Math.min(entry.members, maxParticipants) };
  }

  /** The client lost track of the room: it gets everything again. */
  #enterAgain(room: RoomOf, session: Session, content: Presence): void {
    const occupant = session.rooms.get(room.address.jid)?.occupant;
    if (!occupant) return;
    const { hooks, rooms } = this.#given;
    hooks.welcome(room, occupant);
    rooms.welcome(room, occupant);
    rooms.update(room, occupant, content);
    hooks.enteredAgain(room, occupant);
  }

  #update(room: RoomOf, occupant: OccupantOf, presence: Element) {
    const { rooms, capabilities, clock, limits } = this.#given;
    const content = this.#read(presence, occupant.nick);
    if (!content) {
      return refuseStanza(occupant.receiver, presence, occupantJid(room, occupant.nick), tooBig);
    }
    let rate = this.#rates.get(occupant);
    if (!rate) {
      rate = new Throttle(clock, limits.presencesPerMember);
      this.#rates.set(occupant, rate);
    }
    // The last state is what counts, so over the rate it is kept back, not lost.
    rate.run(() => {
      if (room.occupants.get(occupant.nick) !== occupant) return;
      rooms.update(room, occupant, content);
      capabilities.learn(room, occupant, presence);
    });
  }

  #leave(session: Session, to: Jid, presence: Element): void {
    const { rooms, queue, limits } = this.#given;
    queue.drop(session);
    const inside = session.rooms.get(to.bare);
    if (!inside) return;
    const status = cut(childOf(presence, "status")?.getText(), limits.subjectLength);
    const payload = status === "" ? "" : `<status>${escapeText(status)}</status>`;
    const reason = status === "switch_room" ? "moved" : "client";
    rooms.leave(inside.room, inside.occupant, reason, { statuses: [], payload });
  }

  /** What is relayed, and what of it is of interest; undefined where it is too much. */
  #read(presence: Element, nick: string): Presence | undefined {
    const payload = relayedPresence(presence);
    if (Buffer.byteLength(payload) > this.#given.limits.presenceBytes) return undefined;
    return { payload, facts: readPresenceFacts(presence, nick, this.#given.clock.now()) };
  }
}
