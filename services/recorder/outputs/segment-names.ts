/**
 * Where segments lie: `<directory>/parts/<attempt>/<run>-<index>-<start>.ts`. A run is a stretch without a break in its
 * timestamps; the start is wall time in ms. While a segment is written its name ends in ".part".
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export const partsFolder = "parts";
export const openSuffix = ".part";

export type SegmentFile = {
  readonly path: string;
  readonly run: number;
  readonly index: number;
  readonly startMs: number;
  /** Its writer came to its end; else it was cut off while it wrote. */
  readonly isWhole: boolean;
};

export function segmentName(run: number, index: number, startMs: number): string {
  return `${String(run).padStart(3, "0")}-${String(index).padStart(6, "0")}-${Math.round(startMs)}.ts`;
}

/** In the order they were written; nothing where there is no such folder. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const files: SegmentFile[] = [];
  for (const name of await namesIn(folder)) {
    const match = /^(\d{3,})-(\d{6,})-(\d+)\.ts(\.part)?$/.exec(name);
    if (!match) continue;
    const [, run, index, startMs, suffix] = match;
    files.push({
      path: join(folder, name),
      run: Number(run),
      index: Number(index),
      startMs: Number(startMs),
      isWhole: suffix === undefined,
    });
  }
  return files.sort((a, b) => a.index - b.index || Number(b.isWhole) - Number(a.isWhole));
}

/** Names in a folder; none where it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
