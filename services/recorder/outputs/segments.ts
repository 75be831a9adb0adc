import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type SegmentSink, SessionError } from "../session/contract.ts";
import { diskError, flush } from "./disk.ts";
import { type Cut, SegmentCutter } from "./segment-cutter.ts";
import { listSegments, openSuffix, partsFolder, segmentName } from "./segment-names.ts";

export type SegmentsOptions = {
  /** The recording's folder. */
  readonly directory: string;
  /** From 1; unique within the recording. */
  readonly attempt: number;
  readonly log: Log;
  readonly clock?: Clock;
  /** Bytes that may wait for the disk. Beyond it the recording ends with `no-disk`. */
  readonly maxPendingBytes?: number;
};

const defaultMaxPendingBytes = 96 * 2 ** 20;
/** What was written is flushed this often, also when no segment ends. */
const flushEveryMs = 2_000;

/**
 * Keeps a transport stream as segments of two seconds that begin at key frames, below `<directory>/parts/<attempt>/`.
 * Rejects with SessionError where the folder can't be made.
 */
export async function openSegments(options: SegmentsOptions): Promise<SegmentSink> {
  const parts = join(options.directory, partsFolder);
  const folder = join(parts, String(options.attempt));
  try {
    await mkdir(folder, { recursive: true });
    await flush(parts);
    await flush(options.directory);
    const existing = await listSegments(folder);
    return new Segments(options, folder, existing.at(-1));
  } catch (error) {
    throw diskError(error);
  }
}

type OpenSegment = { readonly handle: FileHandle; readonly path: string; bytes: number };

class Segments implements SegmentSink {
  readonly failed: Promise<never>;
  readonly #fail: (error: SessionError) => void;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #maxPendingBytes: number;
  readonly #cutter: SegmentCutter;
  readonly #firstRun: number;
  #nextIndex: number;
  #queue: Cut[] = [];
  #pendingBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isOver = false;
  #segment: OpenSegment | undefined;
  #flushedAt = 0;
  #stored = { seconds: 0, bytes: 0 };

  constructor(options: SegmentsOptions, folder: string, last: { run: number; index: number } | undefined) {
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#folder = folder;
    this.#maxPendingBytes = options.maxPendingBytes ?? defaultMaxPendingBytes;
    this.#firstRun = last ? last.run + 1 : 0;
    this.#nextIndex = last ? last.index + 1 : 0;
    this.#cutter = new SegmentCutter((cut) => this.#enqueue(cut));
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.failed = promise;
    this.#fail = reject;
  }

  get stored(): { readonly seconds: number; readonly bytes: number } {
    return this.#stored;
  }

  write(chunk: Buffer): void {
    if (!this.#isOver) this.#cutter.push(chunk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#cutter.end();
    this.#isOver = true;
    await this.#work;
    await this.#segment?.handle.close();
    this.#segment = undefined;
  }

  #enqueue(cut: Cut): void {
    if (this.#isOver) return;
    this.#queue.push(cut.type === "start" ? { ...cut, startMs: this.#clock.now() } : cut);
    if (cut.type === "data") this.#pendingBytes += cut.packets.length;
    if (this.#pendingBytes > this.#maxPendingBytes) {
      this.#end(new SessionError("no-disk", "The disk does not keep up with the recording."));
    }
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work = this.#run();
  }

  /** Does what is queued, in order, until nothing is left. */
  async #run(): Promise<void> {
    try {
      for (let batch = this.#queue; batch.length > 0; batch = this.#queue) {
        this.#queue = [];
        for (const step of merged(batch)) await this.#do(step);
      }
    } catch (error) {
      this.#end(diskError(error));
    } finally {
      this.#isWorking = false;
    }
  }

  async #do(step: Cut): Promise<void> {
    if (step.type === "start") await this.#start(step.run, step.startMs ?? this.#clock.now());
    else if (step.type === "data") await this.#append(step.packets);
    else await this.#seal(step.seconds);
  }

  async #start(run: number, startMs: number): Promise<void> {
    const path = join(this.#folder, segmentName(this.#firstRun + run, this.#nextIndex++, startMs));
    this.#segment = { handle: await open(`${path}${openSuffix}`, "wx"), path, bytes: 0 };
    this.#flushedAt = this.#clock.now();
  }

  async #append(packets: Buffer): Promise<void> {
    const segment = this.#segment;
    if (!segment) return;
    for (let at = 0; at < packets.length; ) at += (await segment.handle.write(packets, at)).bytesWritten;
    segment.bytes += packets.length;
    this.#pendingBytes -= packets.length;
    if (this.#clock.now() - this.#flushedAt < flushEveryMs) return;
    await segment.handle.datasync();
    this.#flushedAt = this.#clock.now();
  }

  async #seal(seconds: number): Promise<void> {
    const segment = this.#segment;
    if (!segment) return;
    await segment.handle.sync();
    await segment.handle.close();
    this.#segment = undefined;
    await rename(`${segment.path}${openSuffix}`, segment.path);
    await flush(this.#folder);
    this.#stored = { seconds: this.#stored.seconds + seconds, bytes: this.#stored.bytes + segment.bytes };
  }

  #end(error: SessionError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#log.error({ error, folder: this.#folder }, "segments can't be kept any longer");
    this.#fail(error);
  }
}

/** Pieces that follow each other are written at once. */
function merged(steps: readonly Cut[]): Cut[] {
  const result: Cut[] = [];
  let pieces: Buffer[] = [];
  for (const step of steps) {
    if (step.type === "data") {
      pieces.push(step.packets);
      continue;
    }
    if (pieces.length > 0) result.push({ type: "data", packets: Buffer.concat(pieces) });
    pieces = [];
    result.push(step);
  }
  if (pieces.length > 0) result.push({ type: "data", packets: Buffer.concat(pieces) });
  return result;
}
