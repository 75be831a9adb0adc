import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { StoredFile } from "../session/contract.ts";
import { type Manifest, manifestName, readManifest, type TrackEntry, writeManifest } from "./manifest.ts";
import { complete } from "./matroska/complete.ts";

const types: Readonly<Record<string, string>> = {
  "audio webm": "audio/webm",
  "video webm": "video/webm",
  "video mkv": "video/x-matroska",
};

/** One sound of several, each put where it begins. Writes `path`; its length in seconds. */
export type MixSound = (
  inputs: readonly { readonly path: string; readonly startMs: number }[],
  path: string,
) => Promise<{ readonly durationSeconds: number; readonly type: string }>;

/**
 * Makes what a recording of tracks has left whole: each file with its length and an index, the manifest, and for a
 * recording of sound everybody in one file, `mixName`. May be done again, and after any death.
 */
export async function finishTracks(
  directory: string,
  given: { readonly mix: MixSound; readonly mixName: string },
): Promise<StoredFile[]> {
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
  if (manifest.mode === "audio" && kept.length > 0) files.push(await mixAll(directory, manifest, given));
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

async function mixAll(
  directory: string,
  manifest: Manifest,
  { mix, mixName }: { readonly mix: MixSound; readonly mixName: string },
): Promise<StoredFile> {
  const sounds = manifest.files.filter(({ kind }) => kind === "audio");
  const inputs = sounds.map(({ name, startMs }) => ({ path: join(directory, basename(name)), startMs }));
  const { durationSeconds, type } = await mix(inputs, join(directory, mixName));
  manifest.mix = mixName;
  return describe(directory, mixName, type, durationSeconds);
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
