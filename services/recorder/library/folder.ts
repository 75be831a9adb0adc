/** A recording's folder on disk, and the note in it of how far its finishing has come. */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Recording, RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { isFolderName } from "../domain/file-names.ts";
import type { Attempt } from "../session/ports.ts";

const noteName = ".finishing.json";
const othersName = ".others.json";

/** Each is reached when what it names is safe on disk, and is not done again afterwards. */
export const steps = ["begun", "assembled", "described", "scripted", "listed", "kept", "told"] as const;
export type Step = (typeof steps)[number];

/** Something is missing: where in the file, when that is known, and how much. */
export type Gap = { readonly atSeconds?: number; readonly missingSeconds: number; readonly reason: string };

export type NotedFile = {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
  readonly sha256: string;
  readonly location: string;
  /** What it is called in the folder besides: scripts look for `metadata.json`, which is another file in the library. */
  readonly copyOf?: string;
};

export type Note = {
  readonly step: Step;
  /** Recording as the JSON of its message, without any key. */
  readonly recording: JsonValue;
  readonly attempts: readonly Attempt[];
  readonly files: readonly NotedFile[];
  readonly gaps: readonly Gap[];
  /** What went wrong and did not stop it, a sentence each. */
  readonly warnings: readonly string[];
  /** Recorders whose parts could not be fetched, and are no further files yet. */
  readonly unfetched?: readonly string[];
  /** Another recorder has finished it without what is here: which, and what files here are called, without suffix. */
  readonly further?: { readonly to: string; readonly name: string };
};

/** As it is here, whatever of it is with others. */
export function recordingIn(note: Note): Recording {
  return fromJson(RecordingSchema, note.recording, { ignoreUnknownFields: true });
}

export function reached(note: Pick<Note, "step">, step: Step): boolean {
  return steps.indexOf(note.step) >= steps.indexOf(step);
}

export function folderOf(root: string, recording: string): string | undefined {
  return isFolderName(recording) ? join(root, recording) : undefined;
}

export async function readNote(folder: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, noteName), "utf8")) as Note;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function writeNote(folder: string, note: Note): Promise<void> {
  return writeWhole(join(folder, noteName), JSON.stringify(note));
}

/** Recorders that had this recording before: their parts are still with them. */
export async function readOthers(folder: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(join(folder, othersName), "utf8")) as string[];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export async function noteOther(folder: string, recorder: string): Promise<void> {
  const known = await readOthers(folder);
  if (!known.includes(recorder)) await writeWhole(join(folder, othersName), JSON.stringify([...known, recorder]));
}

/** After a crash there is the old content or the new one, and never a part of either. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, "w", 0o640);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

export async function hasFolder(folder: string): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return found !== undefined;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Folders of recordings, by id. */
export async function recordingsIn(root: string): Promise<string[]> {
  await mkdir(root, { recursive: true });
  const found = await readdir(root, { withFileTypes: true });
  return found.filter((item) => item.isDirectory() && isFolderName(item.name)).map(({ name }) => name);
}

/** Files below a recording's folder by relative path; what begins with a dot is not a part of it. */
export async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return found
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(folder.length + 1))
    .filter(isPlainPath)
    .sort();
}

/** No way up, no hidden file: "parts/1/000001.ts". */
export function isPlainPath(path: string): boolean {
  return path.length <= 500 && path.split(sep).every((name) => /^[\p{L}\p{N}_][^/\\\p{Cc}]*$/u.test(name));
}

/** Never through a symbolic link; undefined where it is not there. */
export async function openStored(root: string, recording: string, name: string): Promise<FileHandle | undefined> {
  const folder = folderOf(root, recording);
  if (folder === undefined || !isPlainPath(name)) return undefined;
  try {
    return await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error) || isLink(error)) return undefined;
    throw error;
  }
}

function isLink(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ELOOP";
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
