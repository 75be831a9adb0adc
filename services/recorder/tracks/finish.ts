import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { StoredFile } from "../session/contract.ts";
import { toSessionError } from "./errors.ts";
import { type Manifest, manifestName, readManifest, type TrackEntry, writeManifest } from "./manifest.ts";
import { complete } from "./matroska/complete.ts";
import { type MixOptions, mixSound, mixType } from "./mix.ts";

const types: Readonly<Record<string, string>> = {
  "audio webm": "audio/webm",
  "video webm": "video/webm",
  "video mkv": "video/x-matroska",
};

export type FinishOptions = MixOptions & {
  /** What everybody's sound in one file is called, without suffix. */
  readonly mixName: string;
};

/**
 * Makes what a recording of tracks has left whole: each file with its length and an index, the manifest, and for a
 * recording of sound everybody in one file. May be done again, and after any death. Rejects with SessionError, or the
 * signal's reason.
 */
export async function finishTracks(directory: string, options: FinishOptions): Promise<StoredFile[]> {
  try {
    return await finish(directory, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toSessionError(error);
  }
}

async function finish(directory: string, options: FinishOptions): Promise<StoredFile[]> {
  const manifest = await readManifest(directory);
  if (!manifest) return [];
  const kept: { readonly entry: TrackEntry; readonly durationMs: number }[] = [];
  for (const entry of manifest.files) {
    const path = join(directory, basename(entry.name));
    const done = await complete(path).catch(ignoreMissing);
    if (done) {
      entry.endMs = Math.max(entry.startMs + done.durationMs, entry.startMs);
      kept.push({ entry, durationMs: done.durationMs });
    } else await unlink(path).catch(ignoreMissing);
  }
  manifest.files = kept.map(({ entry }) => entry);
  closeAttempts(manifest);
  const files: StoredFile[] = [];
  if (manifest.mode === "audio" && kept.length > 0) files.push(await mixAll(directory, manifest, options));
  await writeManifest(directory, manifest);
  for (const { entry, durationMs } of kept) {
    const type = types[`${entry.kind} ${entry.name.slice(entry.name.lastIndexOf(".") + 1)}`] ?? "video/x-matroska";
    files.push(await describe(directory, entry.name, type, durationMs / 1_000));
  }
  files.push(await describe(directory, manifestName, "application/json", 0));
  return files;
}

/** One that was killed ended when its last file did. */
function closeAttempts(manifest: Manifest): void {
  for (const attempt of manifest.attempts) {
    const ends = manifest.files.filter((file) => file.attempt === attempt.attempt).map(({ endMs }) => endMs);
    attempt.endMs ??= Math.max(attempt.startMs, ...ends);
  }
  const ends = manifest.attempts.map(({ endMs }) => endMs ?? 0);
  manifest.endedMs = manifest.startedMs + Math.max(0, ...ends);
}

async function mixAll(directory: string, manifest: Manifest, options: FinishOptions): Promise<StoredFile> {
  const sounds = manifest.files.filter(({ kind }) => kind === "audio");
  const inputs = sounds.map(({ name, startMs, endMs }) => ({ path: join(directory, basename(name)), startMs, endMs }));
  const name = `${basename(options.mixName)}.m4a`;
  await mixSound(inputs, join(directory, name), options);
  manifest.mix = name;
  return describe(directory, name, mixType, Math.max(0, ...inputs.map(({ endMs }) => endMs)) / 1_000);
}

async function describe(directory: string, name: string, type: string, durationSeconds: number): Promise<StoredFile> {
  const path = join(directory, name);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  const { size } = await stat(path);
  return { name, type, sizeBytes: size, durationSeconds, sha256: hash.digest("hex") };
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}
