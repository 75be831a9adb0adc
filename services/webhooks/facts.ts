/** Which facts an endpoint wants, as its operator writes it, and the subjects that means. */
import { VecheError } from "@veche/kit/errors.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { chat, conference, recording, service, sip } from "@veche/proto/facts.ts";
import { type StreamContract, streams } from "@veche/proto/storage.ts";

export type Wanted = { readonly stream: StreamContract; readonly filters: readonly string[] };

type Name = { readonly stream: StreamContract; readonly subject: string };

const ofConferences = namesOf(streams.conference, 5, { ...conference, ...recording, ...sip });
const ofServices = namesOf(streams.service, 4, service, "service.");
const ofChats = namesOf(streams.chat, 5, chat, "chat.");
const groups: readonly (readonly [string, Name])[] = [
  ["conference", { stream: streams.conference, subject: "conference.v1.>" }],
  ["service", { stream: streams.service, subject: "service.v1.>" }],
  ["chat", { stream: streams.chat, subject: "chat.v1.>" }],
  ...[...new Set(ofConferences.map(([name]) => name.split(".", 1)[0] ?? ""))].map(
    (entity) => [entity, { stream: streams.conference, subject: `conference.v1.*.*.*.${entity}.*` }] as const,
  ),
];

/** Every name that may be given: "participant.joined", "participant", "conference", "service.warned", "chat.public". */
const names: ReadonlyMap<string, Name> = new Map([...groups, ...ofConferences, ...ofServices, ...ofChats]);

/** Throws `invalid-argument` where one is no fact. Rooms say nothing about the facts of services. */
export function wantedOf(facts: readonly string[], rooms: readonly string[]): readonly Wanted[] {
  const found = facts.map((fact) => names.get(fact) ?? refuse(fact));
  return Object.values<StreamContract>(streams).flatMap((stream) => {
    const subjects = found.filter((name) => name.stream === stream).map(({ subject }) => subject);
    if (subjects.length === 0) return [];
    const filters = stream === streams.service ? subjects : subjects.flatMap((subject) => inRooms(subject, rooms));
    return [{ stream, filters }];
  });
}

function inRooms(subject: string, rooms: readonly string[]): readonly string[] {
  if (rooms.length === 0) return [subject];
  const whole = subject.replace(/^(\w+)\.v1\.>$/, "$1.v1.*.*.>");
  return rooms.map((room) => {
    const tokens = whole.split(".");
    return [...tokens.slice(0, 3), room, ...tokens.slice(4)].join(".");
  });
}

function namesOf(
  stream: StreamContract,
  from: number,
  contracts: Readonly<Record<string, EventContract>>,
  prefix = "",
): readonly (readonly [string, Name])[] {
  return Object.values(contracts).map(({ subject }) => [
    prefix + subject.split(".").slice(from).join("."),
    { stream, subject: subject.replaceAll(/\{\w+\}/g, "*") },
  ]);
}

function refuse(fact: string): never {
  const entity = fact.split(".", 1)[0] ?? "";
  const near = [...names.keys()].filter((name) => name.startsWith(`${entity}.`));
  const known = near.length > 0 ? near : groups.map(([name]) => name);
  throw new VecheError("invalid-argument", `facts: expected some of ${known.join(", ")}, found "${fact}"`);
}
