import { randomUUID } from "node:crypto";
import type { Clock } from "@veche/kit/clock.ts";
import { muc } from "@veche/proto/subjects.ts";
import { parseJid } from "../codec/jid.ts";
import {
  type BreakoutCommand,
  readBreakoutCommand,
  renameFeature,
  writeMoveToRoom,
} from "../codec/jitsi-breakout-rooms.ts";
import { ns } from "../codec/namespaces.ts";
import { answer, type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { FormField } from "../codec/xep0004-data-forms.ts";
import { writeInfo } from "../codec/xep0030-disco.ts";
import { type Element, el } from "../codec/xml/element.ts";
import { roleOf } from "../domain/affiliation.ts";
import { Rates } from "../domain/rates.ts";
import type { EntryRefusal } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import { type BreakoutGroup, BreakoutGroups } from "../rooms/breakout-groups.ts";
import { BreakoutLife } from "../rooms/breakout-life.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import type { EntryRequest, RoomPolicyInit } from "../rooms/room-hooks.ts";
import { subjectStanza } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Keeper } from "../state/keeper.ts";
import { personOf } from "../stream/identity.ts";
import type { RoomOf, Session } from "../stream/session.ts";
import { type Feature, iqAbout } from "./feature.ts";

const notInside = stanzaError("cancel", "not-allowed", "a breakout room is for who is in its main room");
const callStays = stanzaError("cancel", "not-allowed", "a telephone call stays in the room it dialled");
const nickTaken = stanzaError("cancel", "conflict", "somebody else of this meeting has this nickname");
const nowhere = stanzaError("modify", "not-acceptable", "only who is in the meeting may do this");
const notModerator = stanzaError("auth", "forbidden", "only a moderator of the main room may do this");
const noSuchRoom = stanzaError("cancel", "item-not-found", "there is no such room in this meeting");
const noSuchParticipant = stanzaError("cancel", "item-not-found", "nobody with this address is in the meeting");
const tooMany = stanzaError("wait", "resource-constraint", "the meeting has as many breakout rooms as it may have");
const tooFast = stanzaError("wait", "resource-constraint", "too many commands");

type Given = {
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly limits: Limits;
};

/** Small rooms beside a main one, between which moderators send people. */
export function breakoutRooms(given: Given): Feature {
  return new BreakoutRooms(given).feature();
}

class BreakoutRooms {
  readonly #given: Given;
  readonly #host: string;
  readonly #groups: BreakoutGroups;
  readonly #life: BreakoutLife;
  readonly #commands: Rates<Session>;

  constructor(given: Given) {
    this.#given = given;
    this.#host = given.domains.component("breakout");
    this.#groups = new BreakoutGroups(this.#host, given.rooms);
    this.#life = new BreakoutLife({ ...given, host: this.#host, groups: this.#groups });
    this.#commands = new Rates(given.limits.breakouts.commandsPerSession);
  }

  feature(): Feature {
    const life = this.#life;
    return {
      domainIdentities: [{ category: "component", type: "breakout_rooms", name: this.#host }],
      hosts: {
        [this.#host]: {
          hasRooms: true,
          message: (session, _to, message) => this.#receive(session, message),
          iqs: {
            [iqAbout("query", ns.discoInfo)]: (_session, { payload }) => answer(componentInfo(this.#host, payload)),
            [iqAbout("query", ns.discoItems)]: () => answer(el("query", { xmlns: ns.discoItems })),
          },
        },
      },
      rooms: {
        name: life.name,
        addressOf: (jid) => this.#groups.addressOf(jid),
        refuseEntry: (room, entry) => this.#refuseEntry(room, entry),
        mayPass: (room, entry, refusal) => this.#mayPass(room, entry, refusal),
        entered: (room, occupant) => life.entered(room, occupant),
        updated: (room) => life.changed(room),
        left: (room, occupant, reason, by) => life.left(room, occupant, reason, by),
        affiliationChanged: (room, bareJid, _before, by) => life.affiliationChanged(room, bareJid, by),
        opened: (room) => life.opened(room),
        keepsOpen: (room) => life.keepsOpen(room),
        destroying: (room, reason, by) => life.destroying(room, reason, by),
        destroyed: (room) => life.changed(room),
        roomInfo: (room) => this.#formFields(room),
        roomConfig: (room) => this.#configFields(room),
        policy: (room) => this.#policy(room),
        restored: (room, items) => life.restored(room, items),
      },
      started: () => life.started(),
      sessionEnded: (session) => life.sessionEnded(session),
      close: () => life.close(),
    };
  }

  #refuseEntry(room: RoomOf, { session, nick }: EntryRequest): StanzaError | undefined {
    const group = this.#groups.of(room);
    if (!group) return this.#groups.isBreakout(room) ? notInside : undefined;
    if (this.#isNickTaken(group, session, nick)) return nickTaken;
    if (room === group.main || this.#mayEnter(group, session)) return undefined;
    return notInside;
  }

  /** Somebody on the way keeps their nickname, which is their endpoint id in all rooms of the meeting. */
  #isNickTaken(group: BreakoutGroup, session: Session, nick: string): boolean {
    const { full } = session.jid;
    for (const [mover, theirs] of group.movers) if (theirs === nick && mover !== full) return true;
    return this.#groups.openRooms(group).some((room) => {
      const holder = room.occupants.get(nick);
      return holder !== undefined && holder.realJid !== full;
    });
  }

  #mayEnter(group: BreakoutGroup, session: Session): boolean {
    const affiliation = group.main.affiliationOf(session.jid.bare);
    if (affiliation === "outcast") return false;
    const isKnown = affiliation !== "none" || session.jid.domain === this.#given.domains.hidden;
    return isKnown || this.#groups.isInside(group, session);
  }

  /** Who is in the meeting already knocks at no door and says no password to move. */
  #mayPass(room: RoomOf, { session }: EntryRequest, refusal: EntryRefusal): boolean {
    if (refusal !== "password" && refusal !== "members-only") return false;
    const group = this.#groups.of(room);
    return group !== undefined && this.#groups.isInside(group, session);
  }

  /** COMPAT: lib-jitsi-meet takes any text of `isbreakout`, "0" too, for a yes. */
  #formFields(room: RoomOf): readonly FormField[] {
    const group = this.#groups.of(room);
    if (!group || group.main === room) return [];
    return [
      { name: "muc#roominfo_isbreakout", value: "1" },
      { name: "muc#roominfo_breakout_main_room", value: group.main.address.jid },
    ];
  }

  #configFields(room: RoomOf): readonly FormField[] {
    const group = this.#groups.of(room);
    const main = group && group.main !== room ? group.main.address.jid : "";
    return [
      { name: "muc#roominfo_isbreakout", value: main === "" ? "0" : "1", type: "boolean", label: "Breakout room" },
      { name: "muc#roominfo_breakout_main_room", value: main, type: "text-single", label: "Main room" },
    ];
  }

  #policy(room: RoomOf): RoomPolicyInit {
    const group = this.#groups.of(room);
    if (!group) return {};
    if (group.main !== room) return { mainRoom: group.main.address };
    const breakouts = [...group.breakouts.values()].map(({ address, subject }) => ({
      room: address,
      subject,
      occupants: this.#given.rooms.get(address.jid)?.occupants.size ?? 0,
      owners: ownersIn(this.#given.rooms.get(address.jid)),
    }));
    return { breakouts };
  }

  #receive(session: Session, message: Element): StanzaError | undefined {
    const { limits, clock } = this.#given;
    const read = readBreakoutCommand(message, limits.breakouts.subjectLength);
    if (!read.ok) return read.error;
    if (!this.#commands.take(session, clock.now())) return tooFast;
    const command = read.value;
    const main = this.#mainRoomOf(session, command);
    if (!main) return command.type === "add" ? nowhere : noSuchRoom;
    const group = this.#groups.of(main);
    const by = group ? this.#nickIn(group, session) : session.rooms.get(main.address.jid)?.occupant.nick;
    if (by === undefined) return nowhere;
    if (roleOf(main.affiliationOf(session.jid.bare)) !== "moderator") return notModerator;
    if (command.type === "add") return this.#add(main, command.subject, by);
    return group ? this.#perform(group, command, by) : noSuchRoom;
  }

  /** Which meeting a command is about: that of the room it names, or the one its sender entered last. */
  #mainRoomOf(session: Session, command: BreakoutCommand): RoomOf | undefined {
    const { rooms, domains } = this.#given;
    if (command.type !== "add") return this.#groups.ofBreakout(command.room)?.main ?? rooms.get(command.room);
    const mains = [...session.rooms.values()].flatMap(({ room }) => {
      const isMain = domains.tenantOf(parseJid(room.address.jid)?.domain ?? "") !== undefined;
      return this.#groups.of(room)?.main ?? (isMain ? room : []);
    });
    return mains.at(-1);
  }

  /** Undefined for who is not in the meeting. */
  #nickIn(group: BreakoutGroup, session: Session): string | undefined {
    const inside = this.#groups.openRooms(group).flatMap(({ address }) => session.rooms.get(address.jid) ?? []);
    return inside[0]?.occupant.nick ?? group.movers.get(session.jid.full);
  }

  #add(main: RoomOf, subject: string, by: string): StanzaError | undefined {
    const { events, limits } = this.#given;
    const group = this.#groups.open(main);
    if (group.breakouts.size >= limits.breakouts.rooms) return tooMany;
    group.counter++;
    const { address } = this.#groups.add(group, randomUUID(), subject);
    this.#life.keep(group);
    events.say(muc.breakoutsCreated, main, (head) => ({ ...head, breakouts: [address], by }));
    this.#life.tellOf(group, by);
    return undefined;
  }

  #perform(group: BreakoutGroup, command: Exclude<BreakoutCommand, { type: "add" }>, by: string) {
    switch (command.type) {
      case "remove":
        return this.#remove(group, command.room, by);
      case "rename":
        return this.#rename(group, command.room, command.subject, by);
      case "move-to-room":
        return this.#move(group, command, by);
    }
  }

  #remove(group: BreakoutGroup, jid: string, by: string): StanzaError | undefined {
    const { rooms, events } = this.#given;
    const breakout = group.breakouts.get(jid);
    if (!breakout) return noSuchRoom;
    const open = rooms.get(jid);
    const text = "The breakout room was closed.";
    if (open) rooms.destroy(open, "moderator", text, { by, jid: group.main.address.jid });
    this.#groups.remove(group, jid);
    this.#life.keep(group);
    events.say(muc.breakoutsClosed, group.main, (head) => ({ ...head, breakouts: [breakout.address], by }));
    this.#life.tellOf(group, by);
    return undefined;
  }

  #rename(group: BreakoutGroup, jid: string, subject: string, by: string): StanzaError | undefined {
    const { rooms } = this.#given;
    const breakout = group.breakouts.get(jid);
    if (!breakout) return noSuchRoom;
    breakout.subject = subject;
    this.#life.keep(group);
    const open = rooms.get(jid);
    if (open) {
      rooms.setSubject(open, subject, jid);
      rooms.broadcast(open, subjectStanza(open));
    }
    this.#life.tellOf(group, by);
    return undefined;
  }

  #move(
    group: BreakoutGroup,
    { participant, room }: Extract<BreakoutCommand, { type: "move-to-room" }>,
    by: string,
  ): StanzaError | undefined {
    const { events } = this.#given;
    const target = room === group.main.address.jid ? group.main.address : group.breakouts.get(room)?.address;
    if (!target) return noSuchRoom;
    const found = this.#groups
      .occupants(group)
      .find(
        ({ room: at, occupant }) =>
          occupant.realJid === participant || `${at.address.jid}/${occupant.nick}` === participant,
      );
    if (!found) return noSuchParticipant;
    const { nick, bareJid, receiver } = found.occupant;
    if (receiver.call) return callStays;
    if (found.room.address.jid === target.jid) return undefined;
    receiver.send(writeMoveToRoom(this.#host, target.jid));
    const person = personOf(receiver.identity, bareJid);
    events.say(muc.breakoutAssigned, group.main, (head) => ({ ...head, endpoint: nick, target, by, person }));
    return undefined;
  }
}

/** The focus elects nobody in the main room while an owner is in a group. */
function ownersIn(room: RoomOf | undefined): number {
  const occupants = [...(room?.occupants.values() ?? [])];
  return occupants.filter(({ bareJid }) => room?.affiliationOf(bareJid) === "owner").length;
}

/** COMPAT: lib-jitsi-meet asks the node `breakout_rooms` whether rooms can be renamed. */
function componentInfo(host: string, query: Element) {
  const identities = [{ category: "component", type: "breakout_rooms", name: host }];
  return writeInfo({ identities, features: [ns.discoInfo, ns.muc, renameFeature] }, query.attrs.node);
}
