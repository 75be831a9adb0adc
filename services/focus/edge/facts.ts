import { type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
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

export function toParticipant(ref: ParticipantRef) {
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
  const fields = message as unknown as Readonly<Record<string, unknown>>;
  return {
    name,
    body: fromMessage(fields, factContracts[name].message),
    epoch: Number(fields.epoch),
    seq: Number(fields.seq),
    timeMs: Date.parse(String(fields.time)),
  } as Fact;
}

const common = new Set(["tenant", "room", "session", "epoch", "seq", "time"]);

/** What an earlier version may have left out. */
const absent: Readonly<Record<string, object>> = {
  counts: { participants: 0, senders: 0 },
  client: { app: "", version: "", browser: "", os: "" },
  source: { name: "", kind: "microphone", codec: "", muted: false },
};

function fromMessage(fields: Readonly<Record<string, unknown>>, schema: DescMessage): FactBodies[FactName] {
  const own = schema.fields.map(({ localName }) => localName).filter((name) => !common.has(name));
  const body = Object.fromEntries(own.map((name) => [name, fields[name] ?? absent[name]]));
  if (body.participant) body.participant = fromParticipant(body.participant as C.Participant);
  return body as unknown as FactBodies[FactName];
}

function fromParticipant({ endpoint, person, kind, role, authenticated }: C.Participant): ParticipantRef {
  return { endpoint, person, kind: kindNames[kind] ?? "web", role: roleNames[role] ?? "member", authenticated };
}
