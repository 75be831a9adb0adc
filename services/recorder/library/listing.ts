/** What stands in the library of the files that a recorder has made. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { clone, create } from "@bufbuild/protobuf";
import {
  type Recording,
  type RecordingFile,
  RecordingFileSchema,
  RecordingSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Note, NotedFile } from "./folder.ts";
import { setState, strike } from "./former.ts";

type Lister = {
  readonly recorder: string;
  /** 0: for ever. */
  readonly keepMs: number;
};

/** Done again it changes nothing; files that others have listed stay. */
export function listIn(entry: Recording, note: Note, { recorder, keepMs }: Lister): void {
  const files = note.files.map(toEntryFile);
  const isOwn = ({ name }: RecordingFile) => files.some((file) => file.name === name);
  const others = entry.files.filter((file) => !isOwn(file));
  if (entry.recorder !== recorder && entry.status === "failed") {
    // Who finished it had nothing, and has no folder: it is as if this recorder had finished it.
    strike(entry, recorder);
    entry.recorder = recorder;
    entry.failure = undefined;
  }
  if (entry.recorder === recorder) {
    entry.files = [...files, ...others];
    entry.expiresMs = keepMs === 0 ? 0n : entry.endedMs + BigInt(keepMs);
  } else {
    entry.files = [...others, ...files];
    setState(entry, recorder, "listed");
  }
  entry.status = "available";
}

/** A file that was written anew; where it has gone meanwhile it stays away. */
export function relist(entry: Recording, { files }: Note): void {
  const anew = new Map(files.map((file) => [file.name, toEntryFile(file)]));
  entry.files = entry.files.map((file) => anew.get(file.name) ?? file);
}

/** The entry as far as this recorder's folder has it: what is made again of it when the library was lost. */
export function ownShare(entry: Recording, note: Note, recorder: string): Recording {
  const own = clone(RecordingSchema, { ...entry, recorder, files: note.files.map(toEntryFile) });
  if (entry.recorder !== recorder) setState(own, entry.recorder, "listed");
  own.former = own.former.filter((one) => one.recorder !== recorder);
  return own;
}

function toEntryFile({ name, type, sizeBytes, durationSeconds, sha256, location }: NotedFile): RecordingFile {
  return create(RecordingFileSchema, {
    name,
    type,
    sizeBytes: BigInt(sizeBytes),
    durationSeconds,
    sha256,
    location,
  });
}

/** A name that no file of the entry has, by its beginning: two recorders may have begun in the same second. */
export function freeName(wanted: string, { files }: Recording): string {
  const isTaken = (stem: string) => files.some(({ name }) => name.startsWith(`${stem}.`));
  for (let n = 1; ; n += 1) {
    const stem = n === 1 ? wanted : `${wanted}-${n}`;
    if (!isTaken(stem)) return stem;
  }
}

const documentType = "application/json";

/**
 * Documents are called alike with every recorder, and files of one recording are told apart by their names: further ones
 * are listed under names of their own, as copies.
 */
export async function underOwnNames(folder: string, stem: string, files: readonly NotedFile[]): Promise<NotedFile[]> {
  const renamed: NotedFile[] = [];
  for (const file of files) {
    if (file.type !== documentType || file.copyOf !== undefined) renamed.push(file);
    else {
      const name = `${stem}.${file.name}`;
      await copyFile(join(folder, file.name), join(folder, name));
      renamed.push({ ...file, name, copyOf: file.name });
    }
  }
  return renamed;
}
