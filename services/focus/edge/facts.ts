import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { conference } from "@veche/proto/facts.ts";
import * as C from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import type { Kind, Role } from "../domain/conference.ts";
import type { Fact, FactBodies, FactName, ParticipantRef, RosterEntry } from "../domain/facts.ts";

/** The domain's facts as the messages of proto/facts.ts, and back. */
export const factContracts = conference satisfies Readonly<Record<FactName, unknown>>;

const kindNumbers = { web: C.Kind.WEB, mobile: C.Kind.MOBILE, sip: C.Kind.SIP, recorder: C.Kind.RECORDER } as const;
const roleNumbers = { visitor: C.Role.VISITOR, member: C.Role.MEMBER, moderator: C.Role.MODERATOR } as const;

export type FactSubject = { readonly tenant: string; readonly room: string; readonly session: string };

export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The body as proto3 JSON's own types; the bus gives it its form. */
export function toFactMessage(fact: Fact, subject: FactSubject): Readonly<Record<string, unknown>> {
  return {
    ...toPlain(fact.body),
    ...subject,
    epoch: BigInt(fact.epoch),
    seq: BigInt(fact.seq),
    time: formatTime(fact.timeMs),
  };
}

function toPlain(body: Fact["body"]): Readonly<Record<string, unknown>> {
  const message: Record<string, unknown> = { ...body };
  if ("participant" in body) message.participant = toParticipant(body.participant);
  if ("roster" in body) message.roster = body.roster.map(toRosterEntry);
  return message;
}

function toParticipant(ref: ParticipantRef): Readonly<Record<string, unknown>> {
  return { ...ref, kind: kindNumbers[ref.kind], role: roleNumbers[ref.role] };
}

function toRosterEntry({ firstJoinMs, lastLeaveMs, ...rest }: RosterEntry): Readonly<Record<string, unknown>> {
  return { ...rest, firstJoin: formatTime(firstJoinMs), lastLeave: formatTime(lastLeaveMs) };
}

const kindNames: Readonly<Record<number, Kind>> = { 1: "web", 2: "mobile", 3: "sip", 4: "recorder" };
const roleNames: Readonly<Record<number, Role>> = { 1: "visitor", 2: "member", 3: "moderator" };

const namesBySubject = new Map(
  Object.entries(factContracts).map(([name, { subject }]) => [subject.split(".").slice(5).join("."), name as FactName]),
);

/** A stored fact; undefined where it is of a kind that this version does not know. */
export function fromStored(subject: string, body: unknown): Fact | undefined {
  const name = namesBySubject.get(subject.split(".").slice(5).join("."));
  if (name === undefined) return undefined;
  const message = fromJson(factContracts[name].message, body as JsonValue, { ignoreUnknownFields: true });
  const { epoch, seq, time, ...rest } = message as unknown as Record<string, unknown>;
  return {
    name,
    body: fromPlain(rest),
    epoch: Number(epoch),
    seq: Number(seq),
    timeMs: Date.parse(String(time)),
  } as Fact;
}

function fromPlain(message: Readonly<Record<string, unknown>>): FactBodies[FactName] {
  const participant = message.participant as C.Participant | undefined;
  const counts = message.counts ?? { participants: 0, senders: 0 };
  const client = message.client ?? { app: "", version: "", browser: "", os: "" };
  const source = message.source ?? { name: "", kind: "microphone", codec: "", muted: false };
  if (!participant) return { ...message, counts } as unknown as FactBodies[FactName];
  const { endpoint, person, authenticated } = participant;
  const kind = kindNames[participant.kind] ?? "web";
  const role = roleNames[participant.role] ?? "member";
  const ref: ParticipantRef = { endpoint, person, kind, role, authenticated };
  return { ...message, participant: ref, counts, client, source } as unknown as FactBodies[FactName];
}
