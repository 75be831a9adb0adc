import type {
  KeptCall as KeptCallState,
  LoginState,
  OccupantState,
  RoomState,
  SessionState,
} from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import type { Affiliation, FocusPresence, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { bareOf } from "../codec/jid.ts";
import { readPresenceFacts } from "../codec/jitsi-presence.ts";
import { el } from "../codec/xml/element.ts";
import { parseXml } from "../codec/xml/parse.ts";
import { type HistoryEntry, Room, type RoomAddress } from "../domain/room.ts";
import { affiliationName, affiliationValue } from "../rooms/occupant-message.ts";
import type { Login } from "../sasl/logins.ts";
import type { BoshRestored } from "../stream/bosh-stream.ts";
import { identityMessage, readIdentity } from "../stream/identity.ts";
import type { Arrival, KeptCall, OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { StateInit } from "./write-behind.ts";

/** Units may share a bucket; each has its own keys in it. */
export function keysOf(unit: string) {
  return {
    prefix: `${unit}.`,
    session: (id: string) => `${unit}.session.${id}`,
    room: ({ room }: RoomAddress) => `${unit}.room.${room}`,
    occupant: ({ room }: RoomAddress, nick: string) => `${unit}.occupant.${room}.${nick}`,
    history: ({ room }: RoomAddress, slot: number) => `${unit}.history.${room}.${slot}`,
    feature: ({ room }: RoomAddress, feature: string, item: string) => `${unit}.feature.${room}.${feature}.${item}`,
    login: (hash: string) => `${unit}.login.${hash}`,
  };
}

export type Keys = ReturnType<typeof keysOf>;

/** More than this of unacknowledged stanzas is not kept: such a stream ends with its process. */
export const keptCharacters = 200_000;

/**
 * What a client that answers has not acknowledged yet is on its way to it and stays out of the record: a full room would
 * otherwise write every stanza again for each of its members.
 */
export function sessionRecord(session: Session, bosh: BoshRestored | undefined): StateInit | undefined {
  const { arrival, jid, counts } = session;
  if (session.isEnded) return undefined;
  const unacknowledged = !bosh && (!session.link || session.isStalled) ? [...session.unacknowledged] : [];
  if (charactersOf(bosh ? bosh.queued : unacknowledged) > keptCharacters) return undefined;
  const transport = bosh
    ? { case: "bosh" as const, value: boshState(bosh) }
    : {
        case: "stream" as const,
        value: {
          received: BigInt(counts?.received ?? 0),
          acknowledged: BigInt(counts?.acknowledged ?? 0),
          unacknowledged,
        },
      };
  const { isMobileApp: _, ...client } = arrival.client;
  return {
    record: {
      case: "session",
      value: {
        id: session.id,
        jid: jid.full,
        address: arrival.address,
        origin: arrival.origin,
        room: arrival.room,
        prefix: arrival.prefix,
        client,
        createdMs: BigInt(session.createdMs),
        machineUid: session.machineUid,
        transport,
        ...(session.call ? { call: session.call } : {}),
        ...(session.identity.kind === "anonymous" ? {} : { identity: identityMessage(session.identity) }),
      },
    },
  };
}

function charactersOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function boshState({ rid, waitSeconds, answers, queued }: BoshRestored) {
  return {
    rid: BigInt(rid),
    waitSeconds,
    answers: answers.map((answer) => ({ rid: BigInt(answer.rid), body: answer.body })),
    queued: [...queued],
  };
}

export function readArrival(state: SessionState): Arrival {
  const { app = "", version = "", browser = "", os = "" } = state.client ?? {};
  return {
    address: state.address,
    origin: state.origin,
    room: state.room,
    prefix: state.prefix,
    client: { app, version, browser, os, isMobileApp: app === "mobile" },
  };
}

export function readCall(state: KeptCallState | undefined): KeptCall | undefined {
  if (!state?.room) return undefined;
  const { call, gateway, instance, endpoint, phone } = state;
  return { call, gateway, instance, room: addressOf(state.room), endpoint, phone };
}

function addressOf({ tenant, room, name, jid }: RoomRef): RoomAddress {
  return { tenant, room, name, jid };
}

export function roomRecord(room: RoomOf): StateInit {
  const affiliations: Record<string, Affiliation> = {};
  for (const [jid, name] of room.affiliations) affiliations[jid] = affiliationValue[name];
  return {
    record: {
      case: "room",
      value: {
        room: room.address,
        meetingId: room.meetingId,
        createdMs: BigInt(room.createdMs),
        startedMs: BigInt(room.startedMs),
        password: room.password,
        membersOnly: room.isMembersOnly,
        subject: room.subject,
        subjectFrom: room.subjectFrom,
        affiliations,
        focusPresent: room.focus !== undefined,
        focusPresence: room.focus as FocusPresence | undefined,
      },
    },
  };
}

export function readRoom(state: RoomState): RoomOf | undefined {
  if (!state.room) return undefined;
  const room: RoomOf = new Room<Session>(addressOf(state.room), state.meetingId, Number(state.createdMs));
  room.startedMs = Number(state.startedMs);
  room.password = state.password;
  room.isMembersOnly = state.membersOnly;
  room.subject = state.subject;
  room.subjectFrom = state.subjectFrom;
  room.focus = state.focusPresent ? state.focusPresence : undefined;
  for (const [bareJid, value] of Object.entries(state.affiliations)) {
    const name = affiliationName(value);
    if (name) room.setAffiliation(bareJid, name);
  }
  return room;
}

export function occupantRecord(room: RoomOf, occupant: OccupantOf): StateInit | undefined {
  if (room.occupants.get(occupant.nick) !== occupant) return undefined;
  return {
    record: {
      case: "occupant",
      value: {
        roomJid: room.address.jid,
        endpoint: occupant.nick,
        realJid: occupant.realJid,
        session: occupant.receiver.id,
        payload: occupant.payload,
        joinedMs: BigInt(occupant.joinedMs),
        features: [...occupant.capabilities],
        order: BigInt(occupant.order),
      },
    },
  };
}

export function readOccupant(state: OccupantState, receiver: Session, now: number): OccupantOf {
  const parsed = parseXml(`<presence>${state.payload}</presence>`, generous);
  return {
    nick: state.endpoint,
    realJid: state.realJid,
    bareJid: bareOf(state.realJid),
    joinedMs: Number(state.joinedMs),
    order: Number(state.order),
    receiver,
    facts: readPresenceFacts(parsed.ok ? parsed.root : el("presence"), state.endpoint, now),
    capabilities: state.features,
    payload: parsed.ok ? state.payload : "",
    isInterrupted: false,
  };
}

const generous = { length: 1_000_000, depth: 64, attributes: 128, children: 10_000 };

export function historyRecord(room: RoomOf, entry: HistoryEntry): StateInit {
  const { number, sentMs, from, id, payload, author } = entry;
  return {
    record: {
      case: "history",
      value: { roomJid: room.address.jid, number: BigInt(number), sentMs: BigInt(sentMs), from, id, payload, author },
    },
  };
}

export function loginRecord({ hash, machineUid, identity, createdMs, expiresMs }: Login): StateInit {
  const moments = { createdMs: BigInt(createdMs), expiresMs: BigInt(expiresMs) };
  return { record: { case: "login", value: { hash, machineUid, identity: identityMessage(identity), ...moments } } };
}

export function readLogin({ hash, machineUid, identity, createdMs, expiresMs }: LoginState): Login {
  const moments = { createdMs: Number(createdMs), expiresMs: Number(expiresMs) };
  return { hash, machineUid, identity: readIdentity(identity), ...moments };
}

export function featureRecord(room: Pick<RoomOf, "address">, feature: string, item: string, value: unknown): StateInit {
  const record = { roomJid: room.address.jid, feature, item, value: JSON.stringify(value) };
  return { record: { case: "feature", value: record } };
}
