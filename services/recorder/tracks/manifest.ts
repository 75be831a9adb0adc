import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const manifestName = "manifest.json";

/** Times are in ms from `startedMs`; people are named by reference only (bucket `persons`). */
export type Manifest = {
  readonly version: 1;
  readonly mode: "tracks" | "audio";
  readonly tenant: string;
  readonly room: string;
  readonly session: string;
  /** ms since 1970. */
  readonly startedMs: number;
  /** 0 while it goes on. */
  endedMs: number;
  /** Each time a recorder took the recording up. */
  readonly attempts: { readonly attempt: number; readonly startMs: number; endMs: number | null }[];
  files: TrackEntry[];
  /** By endpoint. */
  participants: Participant[];
  events: ManifestEvent[];
  /** Everybody's sound in one file. */
  mix?: string;
};

export type Participant = { readonly endpoint: string; readonly person: string };

export type ManifestEvent = {
  readonly atMs: number;
  /** joined, left, published, unpublished, muted, unmuted, speaker. */
  readonly type: string;
  /** Of `speaker`: empty while nobody speaks. */
  readonly endpoint: string;
  readonly source?: string;
  readonly reason?: string;
};

/** A stretch without media. `lost`: packets that never came; 0: nothing was sent. */
export type Gap = { readonly startMs: number; readonly endMs: number; readonly lost: number };

export type TrackEntry = {
  readonly name: string;
  readonly attempt: number;
  readonly endpoint: string;
  readonly source: string;
  readonly kind: "audio" | "video";
  /** microphone, camera, desktop. */
  readonly content: string;
  readonly codec: string;
  readonly startMs: number;
  endMs: number;
  width?: number;
  height?: number;
  packets: number;
  lostPackets: number;
  /** That could not be decoded for a loss. */
  droppedFrames: number;
  gaps: Gap[];
  /** Beyond those listed. */
  moreGaps: number;
};

export async function readManifest(directory: string): Promise<Manifest | undefined> {
  try {
    const found = JSON.parse(await readFile(join(directory, manifestName), "utf8")) as Partial<Manifest>;
    const isWhole = found.version === 1 && Array.isArray(found.files) && Array.isArray(found.attempts);
    return isWhole ? (found as Manifest) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** In one go: whoever reads it finds the former one or this one. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const path = join(directory, manifestName);
  const events = manifest.events.toSorted((a, b) => a.atMs - b.atMs);
  await writeFile(`${path}.new`, `${JSON.stringify({ ...manifest, events }, undefined, 1)}\n`, { flush: true });
  await rename(`${path}.new`, path);
}
