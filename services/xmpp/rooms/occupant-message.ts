import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  Affiliation,
  OccupantKind,
  type OccupantSchema,
  Role,
  type RoomSnapshotSchema,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import type { AffiliationName, RoleName } from "../domain/affiliation.ts";
import type { Domains } from "../domains.ts";
import { isAuthenticated, personOf } from "../stream/identity.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import type { AllRoomHooks } from "./room-hooks.ts";

type OccupantInit = MessageInitShape<typeof OccupantSchema>;

export const affiliationValue: Readonly<Record<AffiliationName, Affiliation>> = {
  none: Affiliation.NONE,
  member: Affiliation.MEMBER,
  admin: Affiliation.ADMIN,
  owner: Affiliation.OWNER,
  outcast: Affiliation.OUTCAST,
};

const roleValue: Readonly<Record<RoleName, Role>> = {
  none: Role.UNSPECIFIED,
  visitor: Role.VISITOR,
  participant: Role.PARTICIPANT,
  moderator: Role.MODERATOR,
};

export function affiliationName(value: Affiliation): AffiliationName | undefined {
  const names = Object.keys(affiliationValue) as AffiliationName[];
  return names.find((name) => affiliationValue[name] === value);
}

const recorderFeature = "http://jitsi.org/protocol/jibri";

/** An occupant as other roles see it. */
export function occupantMessage(room: RoomOf, occupant: OccupantOf, domains: Domains): OccupantInit {
  const { facts } = occupant;
  const { identity, call } = occupant.receiver;
  const { client } = occupant.receiver.arrival;
  const { isMobileApp, ...shownClient } = client;
  const domain = occupant.bareJid.slice(occupant.bareJid.indexOf("@") + 1);
  const isHidden = domain === domains.hidden;
  const features = [...new Set([...occupant.capabilities, ...facts.features])];
  return {
    endpoint: occupant.nick,
    realJid: occupant.realJid,
    role: roleValue[room.roleOf(occupant)],
    affiliation: affiliationValue[room.affiliationOf(occupant.bareJid)],
    kind: kindOf(features, isHidden, isMobileApp),
    person: personOf(identity, occupant.bareJid),
    authenticated: isAuthenticated(identity),
    hidden: isHidden,
    displayName: facts.displayName,
    email: facts.email,
    statsId: facts.statsId,
    region: facts.region,
    features,
    sources: facts.sources.map(({ name, muted, videoType }) => ({ name, muted, videoType })),
    raisedHandMs: BigInt(facts.raisedHandMs),
    client: shownClient,
    joinedMs: BigInt(occupant.joinedMs),
    interrupted: occupant.isInterrupted,
    entitledModerator: identity.isEntitledModerator,
    accountRole: identity.accountRole,
    userId: identity.userId,
    service: identity.kind === "service",
    ...(call ? { gateway: call.gateway, phone: call.phone } : {}),
  };
}

function kindOf(features: readonly string[], isHidden: boolean, isMobileApp: boolean): OccupantKind {
  if (features.includes(ns.jigasi)) return OccupantKind.SIP;
  if (isHidden || features.includes(recorderFeature)) return OccupantKind.RECORDER;
  return isMobileApp ? OccupantKind.MOBILE : OccupantKind.WEB;
}

/** Equal for two messages that say the same. */
export function fingerprintOf(message: OccupantInit): string {
  return JSON.stringify(message, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

export function snapshotMessage(
  room: RoomOf,
  roomSeq: number,
  domains: Domains,
  hooks: AllRoomHooks,
): MessageInitShape<typeof RoomSnapshotSchema> {
  return {
    room: room.address,
    roomSeq: BigInt(roomSeq),
    meetingId: room.meetingId,
    createdMs: BigInt(room.createdMs),
    occupants: [...room.occupants.values()].map((occupant) => occupantMessage(room, occupant, domains)),
    focusPresent: room.focus !== undefined,
    policy: hooks.policy(room),
    lobby: { visitors: hooks.waiting(room).map((occupant) => occupantMessage(room, occupant, domains)) },
  };
}
