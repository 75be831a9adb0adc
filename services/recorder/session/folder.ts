/**
 * A recording's folder: what has to outlive this process stands in `.session.json`, written whole each time. Recorders may
 * share the storage: who made or adopted the folder last has it, and others only add what they know of their attempts.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  type Job,
  JobSchema,
  type Recording,
  RecordingSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { isFolderName } from "../domain/file-names.ts";
import type { Stored } from "./contract.ts";
import type { Attempt, EndedRecording } from "./ports.ts";

const noteName = ".session.json";

/** recording: a session writes, or was cut off; ended: to be finished; finished: nothing is left to do. */
export type Stage = "recording" | "ended" | "finished";

type StoredAttempt = Attempt & Partial<Stored>;

type Note = {
  readonly version: 1;
  readonly stage: Stage;
  readonly fileName: string;
  readonly recording: JsonValue;
  readonly job: JsonValue;
  readonly attempts: readonly StoredAttempt[];
};

export class Folder {
  readonly directory: string;
  readonly fileName: string;
  #stage: Stage;
  #recording: Recording;
  readonly #job: Job;
  #attempts: readonly StoredAttempt[];
  #isTaking = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string, content: Omit<Note, "version" | "recording" | "job"> & Content) {
    this.directory = directory;
    this.fileName = content.fileName;
    this.#stage = content.stage;
    this.#recording = content.recording;
    this.#job = content.job;
    this.#attempts = content.attempts;
  }

  /** Makes the folder, or goes on with the one that is there. Rejects where the disk does not take it. */
  static async make(root: string, content: Content & { readonly fileName: string }): Promise<Folder> {
    const { recording } = content.recording;
    const found = await Folder.read(root, recording);
    if (found) {
      await found.#take(content.recording.recorder, "recording");
      return found;
    }
    const directory = folderOf(root, recording);
    await mkdir(directory, { recursive: true, mode: 0o750 });
    const folder = new Folder(directory, { ...content, stage: "recording", attempts: [] });
    await folder.#write();
    return folder;
  }

  /** Undefined where there is none, or nothing that can be read. */
  static async read(root: string, recording: string): Promise<Folder | undefined> {
    const directory = folderOf(root, recording);
    let note: Note;
    try {
      note = JSON.parse(await readFile(join(directory, noteName), "utf8")) as Note;
    } catch {
      return undefined;
    }
    const options = { ignoreUnknownFields: true };
    return new Folder(directory, {
      ...note,
      recording: fromJson(RecordingSchema, note.recording, options),
      job: fromJson(JobSchema, note.job, options),
    });
  }

  /** Every folder that is a recording's and can be read. */
  static async all(root: string): Promise<readonly Folder[]> {
    const names = await readdir(root, { withFileTypes: true }).catch(() => []);
    const folders = names.filter((entry) => entry.isDirectory() && isFolderName(entry.name));
    const read = await Promise.all(folders.map(({ name }) => Folder.read(root, name).catch(() => undefined)));
    return read.filter((folder) => folder !== undefined);
  }

  /** Of a recorder that is gone. False where another one was faster. `tell` comes first: without it nothing is taken. */
  async adopt(recorder: string, tell: () => Promise<void>): Promise<boolean> {
    const lock = join(this.directory, ".adopting");
    try {
      await (await open(lock, "wx")).close();
    } catch {
      return false;
    }
    try {
      const now = await Folder.read(join(this.directory, ".."), this.id);
      if (now?.recording.recorder !== this.#recording.recorder || now.stage !== this.#stage) return false;
      await tell();
      await this.#take(recorder, this.#stage);
      return true;
    } finally {
      await rm(lock, { force: true });
    }
  }

  get id(): string {
    return this.#recording.recording;
  }

  get recording(): Recording {
    return this.#recording;
  }

  get job(): Job {
    return this.#job;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** What earlier attempts put down. */
  get stored(): Stored {
    const sum = (of: (attempt: StoredAttempt) => number) => this.#attempts.reduce((all, one) => all + of(one), 0);
    return { seconds: sum(({ seconds = 0 }) => seconds), bytes: sum(({ bytes = 0 }) => bytes) };
  }

  /** The highest number of an attempt; 0: none yet. */
  get lastAttempt(): number {
    return Math.max(0, ...this.#attempts.map(({ attempt }) => attempt));
  }

  /** Moments at which it was surely being recorded. */
  get knownMs(): readonly number[] {
    return this.#attempts.flatMap(({ startedMs, endedMs, seconds = 0 }) => endedMs ?? startedMs + seconds * 1000);
  }

  beginAttempt(attempt: Attempt): Promise<void> {
    this.#attempts = [...this.#attempts.filter((one) => one.attempt !== attempt.attempt), attempt];
    return this.#write();
  }

  /** What an attempt has put down so far; with `endedMs` it is over. */
  noteAttempt(attempt: number, known: Stored & { readonly endedMs?: number }): Promise<void> {
    this.#attempts = this.#attempts.map((one) => (one.attempt === attempt ? { ...one, ...known } : one));
    return this.#write();
  }

  /** Nothing more is recorded. Said again it changes nothing. */
  end(endedMs: number, failure?: { readonly reason: string; readonly code: string; readonly text: string }) {
    if (this.#stage !== "recording") return Promise.resolve();
    this.#recording.endedMs = BigInt(endedMs);
    this.#recording.status = "processing";
    if (failure) this.#recording.failure = { $typeName: "veche.recorder.v1.Failure", ...failure };
    return this.#become("ended");
  }

  finished(): Promise<void> {
    return this.#become("finished");
  }

  ended(signal: AbortSignal): EndedRecording {
    const { directory, fileName } = this;
    const attempts = [...this.#attempts].sort((one, other) => one.attempt - other.attempt);
    return { recording: this.#recording, job: this.#job, directory, fileName, attempts, signal };
  }

  /** Looks what others have added meanwhile. */
  async refresh(): Promise<void> {
    const now = await Folder.read(join(this.directory, ".."), this.id);
    if (now) this.#merge(now);
  }

  #become(stage: Stage): Promise<void> {
    this.#stage = stage;
    return this.#write();
  }

  #take(recorder: string, stage: Stage): Promise<void> {
    this.#recording.recorder = recorder;
    if (stage === "recording") this.#recording.status = "recording";
    this.#stage = stage;
    this.#isTaking = true;
    return this.#write();
  }

  #merge(now: Folder): void {
    const own = new Set(this.#attempts.map(({ attempt }) => attempt));
    this.#attempts = [...this.#attempts, ...now.#attempts.filter(({ attempt }) => !own.has(attempt))];
  }

  /** One after the other; each write has all there is then. Rejects as its own write does. */
  #write(): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow());
    this.#writing = written.catch(() => {});
    return written;
  }

  async #writeNow(): Promise<void> {
    const there = await Folder.read(join(this.directory, ".."), this.id);
    if (there) this.#merge(there);
    const isAnothers = there !== undefined && there.#recording.recorder !== this.#recording.recorder && !this.#isTaking;
    const holder = isAnothers ? there : this;
    this.#isTaking = false;
    const note: Note = {
      version: 1,
      stage: holder.#stage,
      fileName: holder.fileName,
      recording: toJson(RecordingSchema, holder.#recording),
      job: toJson(JobSchema, this.#job),
      attempts: this.#attempts,
    };
    const path = join(this.directory, noteName);
    const file = await open(`${path}.new`, "w", 0o640);
    try {
      await file.writeFile(`${JSON.stringify(note, undefined, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }
}

type Content = { readonly recording: Recording; readonly job: Job };

function folderOf(root: string, recording: string): string {
  if (!isFolderName(recording)) throw new RangeError("expected an id of a recording, found something else");
  return join(root, recording);
}
