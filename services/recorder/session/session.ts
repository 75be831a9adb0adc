/**
 * One job under way: captures its meeting for as long as something is made of it, and begins anew what breaks. What is made of
 * it are its outputs'. Nothing here touches another session.
 */
import type { Timer } from "@veche/kit/clock.ts";
import { type Job, Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Kind } from "../domain/admission.ts";
import { failuresNow, nextTryMs } from "../domain/backoff.ts";
import type { DiskLevel } from "../domain/disk.ts";
import { Attempts } from "./attempts.ts";
import { type Capture, captureOfComposite, captureOfTracks } from "./capture.ts";
import { type CaptureEnd, SessionError, type Stored } from "./contract.ts";
import { toSessionError } from "./errors.ts";
import type { Folder } from "./folder.ts";
import { FrameWatch } from "./frame-watch.ts";
import type { SessionGiven } from "./given.ts";
import { layoutOf, meetingOf } from "./job.ts";
import { Outputs } from "./outputs.ts";
import { Steps } from "./steps.ts";
import type { SessionView } from "./view.ts";

/** How a capture ended: by itself, or because nothing is to be made of it any more. */
type End = CaptureEnd | { readonly reason: "stopped" };

/** How long a break is still told as a warning. */
const toldMs = 60_000;

export class Session {
  readonly #given: SessionGiven;
  /** Everything that changes outputs is one of these. */
  readonly #steps: Steps;
  readonly #attempts: Attempts;
  readonly #outputs: Outputs;
  #capture: Capture | undefined;
  /** Ends the opening of a capture, the capture, or the pause before the next one. */
  #interrupt: ((end: End) => void) | undefined;
  #running: Promise<void> | undefined;
  #isLeft = false;
  #isFinished = false;
  #frames = new FrameWatch();
  #trouble: { readonly error: SessionError; readonly untilMs: number } | undefined;

  constructor(given: SessionGiven) {
    this.#given = given;
    this.#steps = new Steps(given.log);
    this.#attempts = new Attempts(given.attempt);
    const onFault = () => void this.#settle();
    this.#outputs = new Outputs({ ...given, steps: this.#steps, attempts: this.#attempts, onFault });
  }

  get job(): Job {
    return this.#outputs.job;
  }

  get kind(): Kind {
    return this.#outputs.kind;
  }

  /** Nothing more is done of it. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  get isCapturing(): boolean {
    return this.#capture !== undefined;
  }

  /** The recording under way, and what of it is safe. */
  get recorded(): { readonly folder: Folder; readonly stored: Stored } | undefined {
    const { file } = this.#outputs;
    return file && { folder: file.folder, stored: file.stored };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The job reads otherwise now. */
  change(job: Job): void {
    if (this.#isFinished) return;
    this.#outputs.want(job);
    void this.#settle();
  }

  /** Nothing is wanted of it any more. */
  stop(): void {
    this.change({ ...this.job, file: undefined, stream: undefined });
  }

  /** To be called each second. */
  tick(): void {
    const nowMs = this.#given.clock.now();
    const capture = this.#capture;
    const stall = capture?.stallOf();
    if (stall) this.#interrupt?.({ reason: "failed", error: stall });
    if (capture) this.#frames.see(capture.figures(), nowMs);
    this.#outputs.tick(nowMs);
    this.#given.onChange();
  }

  /** Notes in the folder how much there is. */
  async note(): Promise<void> {
    await this.#outputs.file?.note();
  }

  setDisk(level: DiskLevel): void {
    this.#outputs.setDisk(level);
  }

  /** Another recorder goes on with it: what was written is made whole, and nothing is said to have ended. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#interrupt?.({ reason: "stopped" });
    await this.#running;
  }

  /** Resolves when nothing more is done of it. */
  async over(): Promise<void> {
    await this.#running;
  }

  view(): SessionView {
    const attempt = this.#attempts.last;
    return { attempt, ...this.#outputs.view, finished: this.#isFinished, warnings: this.#warnings };
  }

  get #warnings(): readonly string[] {
    const warnings = [...this.#outputs.warnings];
    const dropped = this.#frames.warning;
    if (dropped) warnings.push(dropped);
    if (this.#trouble && this.#trouble.untilMs > this.#given.clock.now())
      warnings.push(`${this.#trouble.error.code}: ${this.#trouble.error.message}`);
    return warnings;
  }

  /** One capture after the other, until nothing is to be made of a further one or too many have failed in a row. */
  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      await this.#settle();
      if (!this.#isNeeded) break;
      const { end, ranMs } = await this.#captureOnce();
      if (end.reason === "stopped") continue;
      if (end.reason === "empty") {
        await this.#steps.do(() => this.#outputs.endAll(undefined));
        break;
      }
      failures = failuresNow(failures, ranMs);
      const waitMs = end.error.code === "no-disk" ? undefined : nextTryMs(failures);
      this.#tellBroken(end.error, failures, waitMs);
      if (waitMs === undefined) {
        await this.#steps.do(() => this.#outputs.endAll(end.error));
        break;
      }
      await this.#pause(waitMs);
    }
    await this.#steps.done;
    if (!this.#isLeft) this.#isFinished = true;
    this.#given.onChange();
  }

  #tellBroken(error: SessionError, failures: number, waitMs: number | undefined): void {
    const { clock, log, onBroken, onChange } = this.#given;
    log.warn({ err: error, code: error.code, failures, waitMs }, "the capture broke");
    onBroken?.(error.code);
    this.#trouble = { error, untilMs: clock.now() + toldMs };
    onChange();
  }

  async #captureOnce(): Promise<{ readonly end: End; readonly ranMs: number }> {
    const opening = new AbortController();
    const { promise: interrupted, resolve } = Promise.withResolvers<End>();
    this.#interrupt = (end) => {
      resolve(end);
      opening.abort();
    };
    let capture: Capture;
    try {
      capture = await this.#open(opening.signal);
    } catch (error) {
      return { end: this.#isNeeded ? failed(error) : { reason: "stopped" }, ranMs: 0 };
    }
    this.#capture = capture;
    this.#frames = new FrameWatch();
    await this.#settle();
    const end = await Promise.race([capture.ended, interrupted]).catch(failed);
    await this.#steps.do(() => this.#close(capture, end.reason !== "failed"));
    return { end, ranMs: this.#given.clock.now() - capture.startedMs };
  }

  async #open(signal: AbortSignal): Promise<Capture> {
    const { ports, clock, log, onChange } = this.#given;
    const { job, kind, file, stream } = this.#outputs;
    const meeting = meetingOf(job);
    const layout = layoutOf(job);
    if (kind === "tracks") {
      if (!file) throw new SessionError("internal", "tracks are recorded to files only");
      const { attempt } = await file.beginAttempt(layout);
      onChange();
      const mode = job.mode === Mode.AUDIO ? "audio" : "tracks";
      const tracks = await ports.openTracks({ meeting, mode, directory: file.folder.directory, attempt, signal });
      return captureOfTracks(tracks, { recording: file.id, attempt, clock });
    }
    // A file's attempt begins with its sink.
    if (!file) this.#attempts.next();
    const presence = {
      mode: file ? "file" : "stream",
      sessionId: file?.id ?? stream.id ?? "",
      viewUrl: job.stream?.viewUrl ?? "",
    } as const;
    const isLive = job.stream !== undefined;
    const composite = await ports.openComposite({ meeting, layout, presence, isLive, signal });
    return captureOfComposite(composite, layout, { clock, log });
  }

  /** The last words of a sound one still reach the outputs. */
  async #close(capture: Capture, isSound: boolean): Promise<void> {
    if (isSound) await this.#steps.try(() => capture.close());
    this.#capture = undefined;
    await Promise.all([this.#outputs.detach(), this.#steps.try(() => capture.close())]);
  }

  /** Makes what runs what is wanted, and ends the capture that nothing is made of any more. */
  #settle(): Promise<void> {
    return this.#steps.do(async () => {
      if (this.#isLeft || this.#isFinished) return;
      await this.#outputs.settle(this.#capture);
      if (!this.#isNeeded) this.#interrupt?.({ reason: "stopped" });
      this.#given.onChange();
    });
  }

  get #isNeeded(): boolean {
    return !this.#isLeft && this.#outputs.needs(this.#capture);
  }

  /** Cut short when nothing is wanted any more, or another goes on with it. */
  #pause(ms: number): Promise<void> {
    if (!this.#isNeeded) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = this.#given.clock.after(ms, resolve);
      this.#interrupt = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function failed(error: unknown): End {
  return { reason: "failed", error: toSessionError(error) };
}
