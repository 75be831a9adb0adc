import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Gap } from "./join-notes.ts";
import { Restamper } from "./restamp.ts";
import { listSegments, namesIn, type SegmentFile } from "./segment-names.ts";

/** Segments without a break in their timestamps, in order. */
export type Run = { readonly startMs: number; readonly segments: readonly SegmentFile[] };

/** All runs of all attempts below a folder, in order. */
export async function runsIn(folder: string): Promise<Run[]> {
  const attempts = (await namesIn(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  const runs: Run[] = [];
  for (const attempt of attempts.sort((a, b) => a - b)) {
    const segments = await listSegments(join(folder, String(attempt)));
    for (const ofRun of Map.groupBy(segments, (segment) => segment.run).values()) {
      runs.push({ startMs: ofRun[0]?.startMs ?? 0, segments: ofRun });
    }
  }
  return runs;
}

/** Reads runs as one transport stream, any number of times. */
export class RunsReader {
  readonly #runs: readonly Run[];
  #gaps: Gap[] = [];
  #hasMedia = false;
  #hasSound = false;

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  /** Between the runs that were read last. */
  get gaps(): Gap[] {
    return this.#gaps;
  }

  get hasMedia(): boolean {
    return this.#hasMedia;
  }

  get hasSound(): boolean {
    return this.#hasSound;
  }

  async *read(): AsyncGenerator<Buffer> {
    const restamper = new Restamper();
    this.#gaps = [];
    let expectedMs: number | undefined;
    for (const run of this.#runs) {
      const startSeconds = restamper.seconds;
      for (const { path } of run.segments) yield* this.#note(restamper, restamper.push(await readFile(path)));
      yield* this.#note(restamper, restamper.endRun(run.segments.at(-1)?.isWhole ?? false));
      const seconds = restamper.seconds - startSeconds;
      if (seconds === 0) continue;
      if (expectedMs !== undefined) this.#gaps.push(gap(startSeconds, run.startMs - expectedMs));
      expectedMs = run.startMs + seconds * 1_000;
    }
  }

  *#note(restamper: Restamper, packets: Buffer): Generator<Buffer> {
    this.#hasSound ||= restamper.hasSound;
    if (packets.length === 0) return;
    this.#hasMedia = true;
    yield packets;
  }
}

function gap(atSeconds: number, missingMs: number): Gap {
  const rounded = (seconds: number) => Math.round(seconds * 1_000) / 1_000;
  return { atSeconds: rounded(atSeconds), missingSeconds: rounded(Math.max(0, missingMs / 1_000)) };
}
