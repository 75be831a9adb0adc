/**
 * What a session makes of its captures: a file, a stream, or both. Knows what is wanted, makes what runs agree with it, and
 * remembers what has come to its end by itself, which is not begun again.
 */
import type { FileOutput, Job } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Kind } from "../domain/admission.ts";
import { type Change, changesOf, type Wanted } from "../domain/changes.ts";
import type { DiskLevel } from "../domain/disk.ts";
import type { Attempts } from "./attempts.ts";
import type { Capture } from "./capture.ts";
import { SessionError } from "./contract.ts";
import { diskWarning, noDisk, toSessionError } from "./errors.ts";
import { FileRun } from "./file-run.ts";
import type { SessionGiven } from "./given.ts";
import { kindOf, layoutOf, wantedOf } from "./job.ts";
import type { Steps } from "./steps.ts";
import { StreamRun } from "./stream-run.ts";
import type { OutputView, SessionView } from "./view.ts";

export type OutputsGiven = Omit<SessionGiven, "attempt" | "onChange" | "onBroken"> & {
  readonly steps: Steps;
  readonly attempts: Attempts;
  /** Something of it is to end: `settle` is to be called. */
  readonly onFault: () => void;
};

export class Outputs {
  readonly kind: Kind;
  readonly #given: OutputsGiven;
  #job: Job;
  #wanted: Wanted;
  #file: FileRun | undefined;
  #lastFile: OutputView | undefined;
  /** Recordings that came to their end, and are not begun again. */
  readonly #over = new Set<string>();
  readonly stream: StreamRun;
  #disk: DiskLevel = "good";

  constructor(given: OutputsGiven) {
    this.#given = given;
    this.#job = given.job;
    this.#wanted = wantedOf(given.job);
    this.kind = kindOf(given.job);
    this.stream = new StreamRun(given);
    this.stream.want(this.#wanted.stream);
  }

  get job(): Job {
    return this.#job;
  }

  /** The recording under way. */
  get file(): FileRun | undefined {
    return this.#file;
  }

  get view(): Pick<SessionView, "file" | "stream" | "targets"> {
    return { file: this.#fileView, stream: this.stream.view, targets: this.stream.targets };
  }

  get warnings(): readonly string[] {
    return this.#disk !== "good" && this.#file ? [diskWarning] : [];
  }

  /** Whether anything is made of that capture; without one: of a further one. */
  needs(capture: Capture | undefined): boolean {
    if (this.kind === "composite") return this.#file !== undefined || this.stream.isNeeded;
    // A capture of tracks writes into the folder of one recording.
    return this.#file !== undefined && (!capture?.writer || capture.writer.recording === this.#file.id);
  }

  want(job: Job): void {
    this.#job = job;
    this.#wanted = wantedOf(job);
  }

  setDisk(level: DiskLevel): void {
    this.#disk = level;
    if (level === "full") this.#file?.giveUp(noDisk());
  }

  /** To be called each second. */
  tick(nowMs: number): void {
    this.stream.tick(nowMs);
    const { usageTimeoutMs, onFault } = this.#given;
    const isLong = (startedMs = 0) => usageTimeoutMs > 0 && startedMs > 0 && nowMs - startedMs >= usageTimeoutMs;
    const limit = () => new SessionError("limit", "recordings and streams may not be longer here");
    if (isLong(this.#file?.startedMs)) this.#file?.giveUp(limit());
    if (isLong(this.stream.startedMs)) this.stream.giveUp(limit());
    if (this.#file?.isDue(nowMs)) onFault();
  }

  /** Makes what runs what is wanted, on that capture. */
  async settle(capture: Capture | undefined): Promise<void> {
    this.stream.want(this.#wanted.stream);
    if (this.kind === "tracks") this.stream.giveUp(new SessionError("internal", "recordings of tracks can't go live"));
    if (this.#file?.fault) await this.#endFile(this.#file.fault);
    if (this.stream.fault) await this.stream.end(this.stream.fault);
    const layout = capture?.layout ?? this.#wanted.layout;
    const running = { layout, file: this.#file?.id, targets: this.stream.running };
    const over = new Set([...this.#over, ...this.stream.over]);
    for (const change of changesOf(this.#wanted, running, over)) await this.#perform(change, capture);
    if (!capture) return;
    await this.#file?.attach(capture, layoutOf(this.#job));
    if (capture.hub) this.stream.attach(capture.hub);
  }

  /** What was written is whole afterwards; all of it goes on with the next capture. */
  async detach(): Promise<void> {
    const { steps } = this.#given;
    await Promise.all([steps.try(async () => this.#file?.detach()), this.stream.detach()]);
  }

  async endAll(error: SessionError | undefined): Promise<void> {
    if (this.#wanted.file) this.#over.add(this.#wanted.file);
    await this.stream.end(error);
    await this.#endFile(error);
  }

  get #fileView(): OutputView | undefined {
    if (this.#file) return this.#file.view;
    const next = this.#wanted.file;
    if (next === undefined || this.#over.has(next)) return this.#lastFile;
    return { id: next, status: "pending", startedMs: this.#given.startedMs.get(next) ?? 0, error: undefined };
  }

  async #perform(change: Change, capture: Capture | undefined): Promise<void> {
    const { steps } = this.#given;
    switch (change.type) {
      case "set-layout":
        return steps.try(async () => capture?.setLayout(layoutOf(this.#job)));
      case "stop-file":
        return this.#endFile(undefined);
      case "start-file":
        return this.#startFile(this.#job.file as FileOutput);
      case "remove-target":
        return this.stream.remove(change.key);
      case "add-target":
        return this.stream.add(change.key, change.target);
    }
  }

  async #startFile(file: FileOutput): Promise<void> {
    const id = file.recording;
    try {
      if (this.#disk === "full") throw noDisk();
      const startedMs = this.#given.startedMs.get(id) ?? 0;
      this.#file = await FileRun.begin(this.#job, file, { ...this.#given, startedMs });
    } catch (thrown) {
      const error = toSessionError(thrown);
      this.#given.log.error({ err: error, recording: id }, "a recording can't begin");
      this.#over.add(id);
      this.#lastFile = { id, status: "off", startedMs: 0, error };
    }
  }

  /** With an error it is not begun again; what there is of it is kept all the same. */
  async #endFile(error: SessionError | undefined): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if (error) this.#over.add(file.id);
    await this.#given.steps.try(() => file.end(error));
    this.#file = undefined;
    this.#lastFile = { id: file.id, status: "off", startedMs: file.startedMs, error };
    this.#given.onRecorded(file.folder);
  }
}
