import { type FileHandle, open } from "node:fs/promises";
import { type Block, clusterSpanMs, type TrackDescription, writeCluster, writeStart } from "./matroska/write.ts";

/** What is written at once: less is lost with the process than this. The first of it comes sooner. */
const clusterMs = 1_000;
const firstClusterMs = 250;

export type FileRules = {
  /** Bytes that wait to be written, more or fewer than before. */
  readonly onUnwritten: (bytes: number) => void;
  readonly onStored: (bytes: number) => void;
  readonly onFailure: (error: unknown) => void;
};

/**
 * One track in one file, which is only added to: wherever writing stops, what is there plays. Times in it begin with its
 * first frame.
 */
export class TrackFile {
  readonly #rules: FileRules;
  readonly #opening: Promise<FileHandle>;
  #tail: Promise<void> = Promise.resolve();
  readonly #isPicture: boolean;
  #blocks: Block[] = [];
  #blockBytes = 0;
  #startMs: number | undefined;
  #openedAt = 0;
  #hasWritten = false;
  #isDirty = false;
  #isFailed = false;

  constructor(path: string, description: TrackDescription, rules: FileRules) {
    this.#rules = rules;
    this.#isPicture = description.size !== undefined;
    this.#opening = open(path, "wx");
    this.#write(writeStart(description));
  }

  /** `timeMs` never goes back; `now`: when it is. */
  push(timeMs: number, data: Buffer, isKey: boolean, now: number): void {
    this.#startMs ??= timeMs;
    const time = Math.max(0, Math.round(timeMs - this.#startMs));
    const first = this.#blocks[0];
    // Players begin where a cluster does.
    if (first && ((isKey && this.#isPicture) || time - first.timeMs > clusterSpanMs)) this.flush();
    if (this.#blocks.length === 0) this.#openedAt = now;
    this.#blocks.push({ timeMs: time, data, isKey });
    this.#blockBytes += data.length;
    this.#rules.onUnwritten(data.length);
    this.tick(now);
  }

  /** Writes what has waited long enough. */
  tick(now: number): void {
    const isDue = now - this.#openedAt >= (this.#hasWritten ? clusterMs : firstClusterMs);
    if (this.#blocks.length > 0 && isDue) this.flush();
  }

  flush(): void {
    if (this.#blocks.length === 0) return;
    const cluster = writeCluster(this.#blocks);
    const waited = this.#blockBytes;
    this.#blocks = [];
    this.#blockBytes = 0;
    this.#hasWritten = true;
    this.#write(cluster, waited);
  }

  /** What was written is safe even if the machine stops. */
  async sync(): Promise<void> {
    if (!this.#isDirty || this.#isFailed) return;
    this.#isDirty = false;
    await this.#tail;
    await (await this.#opening).datasync();
  }

  async close(): Promise<void> {
    this.flush();
    await this.#tail;
    try {
      const file = await this.#opening;
      if (!this.#isFailed) await file.datasync();
      await file.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #write(data: Buffer, waited = 0): void {
    this.#tail = this.#tail.then(async () => {
      try {
        if (this.#isFailed) return;
        const file = await this.#opening;
        await file.appendFile(data);
        this.#isDirty = true;
        this.#rules.onStored(data.length);
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#rules.onUnwritten(-waited);
      }
    });
  }

  #fail(error: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#rules.onFailure(error);
  }
}
