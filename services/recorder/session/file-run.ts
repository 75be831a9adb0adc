/** One recording while it is recorded: its folder, what writes into it now, and when that is tried again after it failed. */
import type { FileOutput, Job } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { failuresNow, nextTryMs } from "../domain/backoff.ts";
import { fileNameOf } from "../domain/file-names.ts";
import type { Hub } from "../outputs/hub.ts";
import type { Attempts } from "./attempts.ts";
import type { Capture, Writer } from "./capture.ts";
import type { Layout, SessionError, Stored } from "./contract.ts";
import { failureOf, toSessionError } from "./errors.ts";
import { Folder } from "./folder.ts";
import type { SessionGiven } from "./given.ts";
import { keylessJob, recordingOf } from "./job.ts";
import type { Attempt } from "./ports.ts";
import type { Steps } from "./steps.ts";
import type { OutputView } from "./view.ts";

export type FileGiven = Pick<SessionGiven, "root" | "recorder" | "ports" | "clock" | "log"> & {
  readonly steps: Steps;
  readonly attempts: Attempts;
  /** When it began under another recorder, or before this one was started again; 0: it has not. */
  readonly startedMs: number;
  /** It has a fault now. */
  readonly onFault: () => void;
};

const nothing: Stored = { seconds: 0, bytes: 0 };

export class FileRun {
  readonly folder: Folder;
  readonly #given: FileGiven;
  #writer: Writer | undefined;
  /** What the folder knows of what writes now. */
  #noted = nothing;
  #isOn = false;
  #startedMs: number;
  /** How often in a row its sink failed. */
  #failures = 0;
  /** When it is to be opened again; 0: it did not fail. */
  #retryAtMs = 0;
  #fault: SessionError | undefined;

  private constructor(folder: Folder, given: FileGiven) {
    this.folder = folder;
    this.#given = given;
    this.#startedMs = given.startedMs;
  }

  /** Makes its folder, or goes on in the one that is there. Rejects where the disk does not take it. */
  static async begin(job: Job, file: FileOutput, given: FileGiven): Promise<FileRun> {
    const { root, recorder, ports, clock, log, attempts } = given;
    const nowMs = clock.now();
    const recording = recordingOf(job, file, recorder, nowMs);
    const fileName = fileNameOf(job.roomName, nowMs);
    const folder = await Folder.make(root, { recording, job: keylessJob(job, file), fileName });
    attempts.reach(folder.lastAttempt);
    ports.begin(folder.recording).catch((error: unknown) => log.warn({ err: error }, "the library was not told"));
    return new FileRun(folder, given);
  }

  get id(): string {
    return this.folder.id;
  }

  /** 0 until something was kept, here or by another recorder. */
  get startedMs(): number {
    return this.#startedMs;
  }

  /** Why it is to end. */
  get fault(): SessionError | undefined {
    return this.#fault;
  }

  get view(): OutputView {
    return { id: this.id, status: this.#isOn ? "on" : "pending", startedMs: this.#startedMs, error: undefined };
  }

  /** Over all attempts. */
  get stored(): Stored {
    const before = this.folder.stored;
    const now = this.#writer?.stored() ?? nothing;
    // What runs is noted now and then, and counts once.
    const { seconds, bytes } = this.#noted;
    return { seconds: before.seconds - seconds + now.seconds, bytes: before.bytes - bytes + now.bytes };
  }

  /** It failed, and has waited long enough. */
  isDue(nowMs: number): boolean {
    return this.#retryAtMs > 0 && this.#retryAtMs <= nowMs;
  }

  /** Has it be ended, for this reason unless there was one before. */
  giveUp(error: SessionError): void {
    if (this.#fault) return;
    this.#fault = error;
    this.#given.onFault();
  }

  /** The number is noted before anything is written under it, so that it is never given twice. */
  async beginAttempt(layout: Layout): Promise<Attempt> {
    const { attempts, recorder, clock } = this.#given;
    await this.folder.refresh();
    attempts.reach(this.folder.lastAttempt);
    const attempt = { attempt: attempts.next(), recorder, startedMs: clock.now(), layout };
    await this.folder.beginAttempt(attempt);
    return attempt;
  }

  /** Keeps what that captures, unless it does so already or is to wait. What fails is tried again, up to its fault. */
  async attach({ hub, writer }: Capture, layout: Layout): Promise<void> {
    if (this.#writer || this.#retryAtMs > this.#given.clock.now()) return;
    if (writer?.recording === this.id) this.#keep(writer);
    if (!hub) return;
    try {
      await this.#openSegments(hub, layout);
    } catch (error) {
      await this.#fail(toSessionError(error));
    }
  }

  /** So that it is known after a crash how much there was. */
  async note(): Promise<void> {
    if (!this.#writer) return;
    this.#noted = this.#writer.stored();
    await this.folder.noteAttempt(this.#writer.attempt, this.#noted);
  }

  /** What was written is whole afterwards. */
  async detach(): Promise<void> {
    const writer = this.#writer;
    if (!writer) return;
    this.#writer = undefined;
    try {
      await writer.close();
    } finally {
      this.#noted = nothing;
      await this.folder.noteAttempt(writer.attempt, { ...writer.stored(), endedMs: this.#given.clock.now() });
    }
  }

  /** Nothing more is recorded of it, here or elsewhere. */
  async end(error: SessionError | undefined): Promise<void> {
    try {
      await this.detach();
    } finally {
      await this.folder.end(this.#given.clock.now(), error && failureOf(error));
    }
  }

  async #openSegments(hub: Hub, layout: Layout): Promise<void> {
    const { ports, steps } = this.#given;
    const { attempt, startedMs } = await this.beginAttempt(layout);
    const sink = await ports.openSegments({ directory: this.folder.directory, attempt });
    const close = async () => {
      hub.remove(sink);
      await sink[Symbol.asyncDispose]();
    };
    this.#retryAtMs = 0;
    this.#keep({ attempt, startedMs, stored: () => sink.stored, close });
    hub.add(sink);
    sink.failed.catch((error: unknown) =>
      steps.do(async () => {
        if (this.#writer?.attempt === attempt) await this.#fail(toSessionError(error));
      }),
    );
  }

  #keep(writer: Writer): void {
    this.#writer = writer;
    this.#noted = nothing;
    this.#isOn = true;
    if (this.#startedMs === 0) this.#startedMs = this.#given.clock.now();
  }

  async #fail(error: SessionError): Promise<void> {
    const { clock, log, steps } = this.#given;
    const ranMs = this.#writer ? clock.now() - this.#writer.startedMs : 0;
    this.#failures = failuresNow(this.#failures, ranMs);
    const waitMs = error.code === "no-disk" ? undefined : nextTryMs(this.#failures);
    log.warn({ err: error, code: error.code, waitMs }, "a recording's sink failed");
    if (waitMs === undefined) this.giveUp(error);
    else this.#retryAtMs = clock.now() + waitMs;
    await steps.try(() => this.detach());
  }
}
