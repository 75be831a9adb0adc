/** The contracts of a version: subjects with their messages, and the messages' descriptors. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  type JsonObject,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { EventContract, RequestContract } from "@veche/proto/contract.ts";
import * as facts from "@veche/proto/facts.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import * as subjects from "@veche/proto/subjects.ts";

/** By subject: "rpc.bridge.{bridge}.snapshot". A request is answered; what is said or kept is not. */
export type SubjectTable = {
  readonly subjects: { readonly [subject: string]: { readonly message: string; readonly answer?: string } };
  /** Subjects by stream, keys' time by bucket. */
  readonly streams: { readonly [name: string]: readonly string[] };
  readonly buckets: { readonly [name: string]: { readonly ttlMs: number } };
};

export type Said = { readonly type: string; readonly body: JsonObject };

export type KeptVersion = {
  readonly version: string;
  readonly table: SubjectTable;
  readonly registry: FileRegistry;
  readonly said: readonly Said[];
};

export function presentTable(): SubjectTable {
  const groups: readonly object[] = [...Object.values(facts), ...Object.values(subjects)];
  const contracts = groups.flatMap((group): (EventContract | RequestContract)[] => Object.values(group));
  return {
    subjects: Object.fromEntries(
      contracts
        .map((contract) => [contract.subject, messagesOf(contract)] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
    streams: Object.fromEntries(Object.values(streams).map(({ name, subjects: kept }) => [name, [...kept]])),
    buckets: Object.fromEntries(Object.values(buckets).map(({ name, ttlMs }) => [name, { ttlMs }])),
  };
}

/** Oldest first. */
export function keptVersions(): readonly KeptVersion[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .map(readVersion);
}

export function messagesIn(registry: FileRegistry): readonly DescMessage[] {
  const isOurs = ({ typeName }: DescMessage) => typeName.startsWith("veche.");
  return [...registry].filter((desc) => desc.kind === "message").filter(isOurs);
}

function readVersion(version: string): KeptVersion {
  const directory = join(import.meta.dirname, version);
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(join(directory, "contracts.binpb")));
  return {
    version,
    table: JSON.parse(readFileSync(join(directory, "subjects.json"), "utf8")) as SubjectTable,
    registry: createFileRegistry(set),
    said: readSaid(join(directory, "messages.jsonl")),
  };
}

function readSaid(path: string): readonly Said[] {
  const text = readIfThere(path);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Said);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

function messagesOf(contract: EventContract | RequestContract) {
  return contract.type === "event"
    ? { message: contract.message.typeName }
    : { message: contract.request.typeName, answer: contract.response.typeName };
}
