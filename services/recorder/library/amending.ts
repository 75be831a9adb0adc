/** `metadata.json` of who finished a recording, when others have listed what it had to call a gap. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@veche/kit/log.ts";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Entries } from "./entries.ts";
import { isMissing, type Note, type NotedFile, readNote, writeNote, writeWhole } from "./folder.ts";
import { locationAt, stateOf } from "./former.ts";
import { isGoing } from "./going.ts";
import { relist } from "./listing.ts";
import { metadataName } from "./metadata.ts";
import { unfetchedReason } from "./others.ts";
import { textOf } from "./upload/http.ts";
import type { Storage } from "./upload/storage.ts";

export type AmendingOptions = {
  readonly log: Log;
  readonly recorder: string;
  readonly root: string;
  readonly storage: Storage | undefined;
  readonly entries: Entries;
  readonly deliveries: Deliveries;
};

type Given = Pick<AmendingOptions, "recorder" | "storage"> & { readonly signal: AbortSignal };

/** What was finished here without the parts of others: they may have listed them since. */
export class Amending {
  readonly #given: AmendingOptions;
  readonly #watched = new Set<string>();

  constructor(given: AmendingOptions) {
    this.#given = given;
  }

  /** Nothing where it has no such gap. */
  watch(recording: string, { unfetched = [] }: Note): void {
    if (unfetched.length > 0) this.#watched.add(recording);
  }

  async lookAgain(signal: AbortSignal): Promise<void> {
    for (const recording of [...this.#watched]) {
      if (signal.aborted) return;
      await this.#look(recording, signal).catch((error: unknown) => {
        this.#given.log.warn({ recording, err: error }, "metadata.json could not be amended yet");
      });
    }
  }

  async #look(recording: string, signal: AbortSignal): Promise<void> {
    const { root, entries, deliveries } = this.#given;
    const folder = join(root, recording);
    const entry = await entries.find(recording);
    const known = await readNote(folder);
    if (!known?.unfetched?.length || entry === undefined || isGoing(entry)) {
      this.#watched.delete(recording);
      return;
    }
    if (amendable(known, entry).length === 0) return;
    // It writes the note as well.
    await deliveries.stop(recording);
    const note = await amend(folder, (await readNote(folder)) ?? known, entry, { ...this.#given, signal });
    await entries.change(recording, (found) => relist(found, note));
    await writeNote(folder, note);
    deliveries.start(folder, note);
  }
}

/** Recorders whose further files are there, and are still called a gap here. */
function amendable({ unfetched = [] }: Note, entry: Recording): readonly string[] {
  return unfetched.filter((recorder) => stateOf(entry, recorder) === "listed");
}

/** Writes it anew, and returns the note that says so: it is to be delivered again. Done again it comes to the same. */
async function amend(folder: string, note: Note, entry: Recording, given: Given): Promise<Note> {
  const there = amendable(note, entry);
  const reasons = there.map(unfetchedReason);
  const files: NotedFile[] = [];
  for (const file of note.files) {
    const text = file.name === metadataName ? await readText(folder, file, given) : undefined;
    files.push(text === undefined ? file : await rewrite(folder, file, amended(text, reasons, note, entry), given));
  }
  return {
    ...note,
    step: "listed",
    files,
    gaps: note.gaps.filter(({ reason }) => !reasons.includes(reason)),
    warnings: note.warnings.filter((warning) => !reasons.includes(warning)),
    unfetched: (note.unfetched ?? []).filter((recorder) => !there.includes(recorder)),
  };
}

type Document = { readonly gaps?: readonly { readonly reason: string }[]; readonly warnings?: readonly string[] };

/** Undefined where a script has made something else of it. */
function amended(text: string, reasons: readonly string[], note: Note, entry: Recording): string | undefined {
  let found: Document;
  try {
    found = JSON.parse(text) as Document;
  } catch {
    return undefined;
  }
  if (!Array.isArray(found.gaps) || !Array.isArray(found.warnings)) return undefined;
  const own = new Set(note.files.map(({ name }) => name));
  const further = entry.files.filter(({ name }) => !own.has(name));
  const document = {
    ...found,
    gaps: found.gaps.filter(({ reason }) => !reasons.includes(reason)),
    warnings: found.warnings.filter((warning) => !reasons.includes(warning)),
    further_files: further.map(({ name, type, sizeBytes, durationSeconds, sha256 }) => ({
      name,
      type,
      size_bytes: Number(sizeBytes),
      duration_seconds: durationSeconds,
      sha256,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function readText(folder: string, { name, location }: NotedFile, { storage, signal }: Given) {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (!storage?.has(location)) return undefined;
    return textOf(await storage.get(location, undefined, signal));
  }
}

async function rewrite(folder: string, file: NotedFile, text: string | undefined, { recorder }: Given) {
  if (text === undefined) return file;
  await writeWhole(join(folder, file.name), text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { ...file, sizeBytes: Buffer.byteLength(text), sha256, location: locationAt(recorder) };
}
