/** One job under way: a capture, what is done with it, and how all that is to be told. Nothing here touches another one. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type FileOutput, type Job, Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { failuresNow, nextTryMs } from "../domain/backoff.ts";
import { type Change, changesOf, targetKey, type Wanted } from "../domain/changes.ts";
import type { DiskLevel } from "../domain/disk.ts";
import { fileNameOf } from "../domain/file-names.ts";
import { type Capture, captureOfComposite, captureOfTracks } from "./capture.ts";
import { type CaptureEnd, SessionError } from "./contract.ts";
import { toSessionError } from "./errors.ts";
import { FileRun, type Stored } from "./file-run.ts";
import { Folder } from "./folder.ts";
import { FrameWatch } from "./frame-watch.ts";
import { keylessJob, kindOf, layoutOf, meetingOf, recordingOf, wantedOf } from "./job.ts";
import type { Attempt, Ports } from "./ports.ts";
import { TargetRun } from "./target-run.ts";
import { type OutputView, type SessionView, streamView, targetView } from "./view.ts";

export type SessionGiven = {
  readonly job: Job;
  /** Numbers of attempts up to it are taken. */
  readonly attempt: number;
  /** When outputs began, by their ids: under another recorder, or before this one was started again. */
  readonly startedMs: ReadonlyMap<string, number>;
  readonly recorder: string;
  readonly root: string;
  /** 0: never. */
  readonly usageTimeoutMs: number;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** A recording has ended, and is to be finished. */
  readonly onRecorded: (folder: Folder) => void;
  /** A capture broke, with its code. */
  readonly onBroken?: (code: string) => void;
};

type End = CaptureEnd | { readonly reason: "stopped" };

/** How long a break is still told as a warning. */
const toldMs = 60_000;

export class Session {
  readonly #given: SessionGiven;
  readonly #isTracks: boolean;
  #job: Job;
  #wanted: Wanted;
  #layout: string;
  #attempt: number;
  #file: FileRun | undefined;
  #lastFile: OutputView | undefined;
  readonly #targets = new Map<string, TargetRun>();
  #stream: { readonly id: string; startedMs: number; isOver: boolean; error?: SessionError } | undefined;
  /** Recordings and targets that came to their end, and are not begun again. */
  readonly #over = new Set<string>();
  #capture: Capture | undefined;
  #cut: ((end: End) => void) | undefined;
  #wake: (() => void) | undefined;
  #lane: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  #isLeft = false;
  #isFinished = false;
  #disk: DiskLevel = "good";
  #frames = new FrameWatch();
  #trouble: { readonly error: SessionError; readonly untilMs: number } | undefined;

  constructor(given: SessionGiven) {
    this.#given = given;
    this.#job = given.job;
    this.#isTracks = kindOf(given.job) === "tracks";
    this.#wanted = wantedOf(given.job);
    this.#layout = this.#wanted.layout;
    this.#attempt = given.attempt;
    this.#noteStream();
  }

  get job(): Job {
    return this.#job;
  }

  get kind(): "composite" | "tracks" {
    return this.#isTracks ? "tracks" : "composite";
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get isCapturing(): boolean {
    return this.#capture !== undefined;
  }

  /** The recording under way, and what of it is safe. */
  get recorded(): { readonly folder: Folder; readonly stored: Stored } | undefined {
    return this.#file && { folder: this.#file.folder, stored: this.#file.stored };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The job reads otherwise now. */
  change(job: Job): void {
    this.#job = job;
    this.#wanted = wantedOf(job);
    this.#do(() => this.#settle());
  }

  /** To be called each second. */
  tick(): void {
    const now = this.#given.clock.now();
    const stall = this.#capture?.stallOf();
    if (stall) this.#cut?.({ reason: "failed", error: stall });
    if (this.#capture) this.#frames.see(this.#capture.figures(), now);
    if (this.#file && this.#file.retryAtMs > 0 && this.#file.retryAtMs <= now) this.#do(() => this.#settle());
    this.#noteStart();
    this.#keepToLimit(now);
    this.#given.onChange();
  }

  /** Notes in the folder how much there is. */
  async note(): Promise<void> {
    await this.#file?.note();
  }

  setDisk(level: DiskLevel): void {
    this.#disk = level;
    const file = this.#file;
    if (level === "full" && file) this.#do(() => this.#endThis(file, noDisk()));
  }

  /** Another recorder goes on with it: what was written is made whole, and nothing is said to have ended. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#cut?.({ reason: "stopped" });
    this.#wake?.();
    await this.#running;
  }

  /** Resolves when nothing more is done of it. */
  async over(): Promise<void> {
    await this.#running;
  }

  view(): SessionView {
    const targets = [...this.#targets.values()];
    return {
      attempt: this.#attempt,
      file: this.#fileView(),
      stream: this.#stream && streamView(this.#stream, targets),
      targets: targets.map(targetView),
      finished: this.#isFinished,
      warnings: this.#warnings(),
    };
  }

  #fileView(): OutputView | undefined {
    const file = this.#file;
    if (file)
      return {
        id: file.id,
        status: file.isOn ? "on" : "pending",
        startedMs: file.startedMs,
        error: undefined,
      };
    const next = this.#wanted.file;
    if (next === undefined || this.#over.has(next) || this.#isFinished) return this.#lastFile;
    return { id: next, status: "pending", startedMs: this.#given.startedMs.get(next) ?? 0, error: undefined };
  }

  #warnings(): readonly string[] {
    const warnings: string[] = [];
    if (this.#disk !== "good" && this.#file)
      warnings.push("disk-nearly-full: the disk of the recordings is nearly full");
    const dropped = this.#frames.warning;
    if (dropped) warnings.push(dropped);
    if (this.#trouble && this.#trouble.untilMs > this.#given.clock.now())
      warnings.push(`${this.#trouble.error.code}: ${this.#trouble.error.message}`);
    return warnings;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given;
    let failures = 0;
    for (;;) {
      await this.#do(() => this.#settle());
      if (this.#isLeft || !this.#isNeeded) break;
      const { end, ranMs } = await this.#captureOnce();
      if (end.reason === "stopped") continue;
      if (end.reason === "empty") {
        await this.#do(() => this.#endAll(undefined));
        break;
      }
      failures = failuresNow(failures, ranMs);
      const waitMs = end.error.code === "no-disk" ? undefined : nextTryMs(failures);
      log.warn({ err: end.error, code: end.error.code, failures, waitMs }, "the capture broke");
      this.#given.onBroken?.(end.error.code);
      this.#trouble = { error: end.error, untilMs: clock.now() + toldMs };
      this.#given.onChange();
      if (waitMs === undefined) {
        await this.#do(() => this.#endAll(end.error));
        break;
      }
      await this.#pause(waitMs);
    }
    await this.#lane;
    if (this.#isLeft) await this.#quietly(() => this.#file?.letGo());
    else this.#isFinished = true;
    this.#given.onChange();
  }

  async #captureOnce(): Promise<{ readonly end: End; readonly ranMs: number }> {
    const { clock } = this.#given;
    const opening = new AbortController();
    const { promise: cut, resolve } = Promise.withResolvers<End>();
    this.#cut = (end) => {
      resolve(end);
      opening.abort();
    };
    let capture: Capture;
    try {
      if (this.#isLeft || !this.#isNeeded) return { end: { reason: "stopped" }, ranMs: 0 };
      capture = await this.#open(opening.signal);
    } catch (error) {
      this.#cut = undefined;
      const isStopped = this.#isLeft || !this.#isNeeded;
      return { end: isStopped ? { reason: "stopped" } : { reason: "failed", error: toSessionError(error) }, ranMs: 0 };
    }
    let end: End = { reason: "stopped" };
    try {
      this.#capture = capture;
      this.#frames = new FrameWatch();
      await this.#do(() => this.#settle());
      end = await Promise.race([capture.ended, cut]);
    } catch (error) {
      end = { reason: "failed", error: toSessionError(error) };
    } finally {
      const isSound = end.reason !== "failed";
      this.#cut = undefined;
      await this.#do(() => this.#closeCapture(capture, isSound));
    }
    return { end, ranMs: clock.now() - capture.startedMs };
  }

  async #open(signal: AbortSignal): Promise<Capture> {
    const { ports, clock, log } = this.#given;
    const meeting = meetingOf(this.#job);
    const file = this.#file;
    if (this.#isTracks) {
      if (!file) throw new SessionError("internal", "tracks are recorded to files only");
      const attempt = await this.#beginAttempt(file);
      const mode = this.#job.mode === Mode.AUDIO ? "audio" : "tracks";
      const options = { meeting, mode, directory: file.folder.directory, attempt: attempt.attempt, signal } as const;
      return captureOfTracks(await ports.openTracks(options), {
        attempt: attempt.attempt,
        clock,
        log,
        recording: file.id,
      });
    }
    const layout = layoutOf(this.#job);
    const presence = {
      mode: file ? "file" : "stream",
      sessionId: file?.id ?? this.#stream?.id ?? "",
      viewUrl: this.#job.stream?.viewUrl ?? "",
    } as const;
    const isLive = this.#job.stream !== undefined;
    if (!file) this.#attempt += 1;
    const composite = await ports.openComposite({ meeting, layout, presence, isLive, signal });
    this.#layout = layout;
    return captureOfComposite(composite, { attempt: this.#attempt, clock, log });
  }

  /** The capture's last words still reach the sinks of one that is sound. */
  async #closeCapture(capture: Capture, isSound: boolean): Promise<void> {
    if (isSound) await this.#quietly(() => capture.close());
    this.#capture = undefined;
    await Promise.all([
      this.#quietly(() => this.#file?.letGo()),
      ...[...this.#targets.values()].map((target) => this.#quietly(() => target.detach())),
      this.#quietly(() => capture.close()),
    ]);
  }

  /** Makes what runs what is wanted. */
  async #settle(): Promise<void> {
    if (this.#isLeft) return;
    const running = {
      layout: this.#layout,
      file: this.#file?.id,
      targets: new Map([...this.#targets.values()].filter(({ isOver }) => !isOver).map(({ key, url }) => [key, url])),
    };
    this.#noteStream();
    for (const change of changesOf(this.#wanted, running, this.#over)) await this.#perform(change);
    if (this.#capture) await this.#attach(this.#capture);
    if (!this.#isNeeded) {
      this.#cut?.({ reason: "stopped" });
      this.#wake?.();
    }
    this.#given.onChange();
  }

  async #perform(change: Change): Promise<void> {
    switch (change.type) {
      case "set-layout":
        this.#layout = this.#wanted.layout;
        await this.#quietly(() => this.#capture?.setLayout(layoutOf(this.#job)));
        return;
      case "stop-file":
        return this.#endFile(undefined);
      case "start-file":
        return this.#startFile();
      case "remove-target": {
        const target = this.#targets.get(change.key);
        this.#targets.delete(change.key);
        return this.#closeTarget(target);
      }
      case "add-target":
        this.#targets.set(change.key, new TargetRun(change.key, change.target));
    }
  }

  async #startFile(): Promise<void> {
    const { root, recorder, clock, ports, log } = this.#given;
    const file = this.#job.file as FileOutput;
    try {
      if (this.#disk === "full") throw noDisk();
      const startedMs = clock.now();
      const recording = recordingOf(this.#job, file, recorder, startedMs);
      const fileName = fileNameOf(this.#job.roomName, startedMs);
      const folder = await Folder.make(root, { recording, job: keylessJob(this.#job, file), fileName });
      this.#file = new FileRun(folder, clock, this.#given.startedMs.get(file.recording) ?? 0);
      this.#attempt = Math.max(this.#attempt, folder.lastAttempt);
      ports.begin(folder.recording).catch((error: unknown) => log.warn({ err: error }, "the library was not told"));
    } catch (error) {
      this.#giveUpFile(file.recording, toSessionError(error));
    }
  }

  async #attach(capture: Capture): Promise<void> {
    const file = this.#file;
    if (file && !file.isKept && file.retryAtMs <= this.#given.clock.now()) await this.#attachFile(capture, file);
    const { hub } = capture;
    for (const target of this.#targets.values()) {
      if (!hub || target.sink || target.isOver) continue;
      const sink = this.#given.ports.openPush({
        target: { $typeName: "veche.recorder.v1.Target", id: target.id, url: target.url },
      });
      target.attach(sink);
      hub.add(sink);
      sink.failed.catch((error: unknown) => this.#do(() => this.#targetFailed(target, sink, toSessionError(error))));
    }
  }

  async #attachFile(capture: Capture, file: FileRun): Promise<void> {
    const { hub, recording } = capture;
    if (!hub) {
      if (recording !== file.id) return;
      const attempt = {
        attempt: capture.attempt,
        recorder: this.#given.recorder,
        startedMs: capture.startedMs,
      } as const;
      file.keep({ attempt: { ...attempt, layout: "speaker" }, stored: capture.stored, close: capture.close });
      return;
    }
    try {
      const attempt = await this.#beginAttempt(file);
      const { directory } = file.folder;
      const sink = await this.#given.ports.openSegments({ directory, attempt: attempt.attempt });
      const close = async () => {
        hub.remove(sink);
        await sink[Symbol.asyncDispose]();
      };
      file.retryAtMs = 0;
      file.keep({ attempt, stored: () => sink.stored, close });
      hub.add(sink);
      sink.failed.catch((error: unknown) =>
        this.#do(async () => {
          if (this.#file === file && file.isKeptBy(attempt.attempt))
            await this.#fileFailed(file, toSessionError(error));
        }),
      );
    } catch (error) {
      await this.#fileFailed(file, toSessionError(error));
    }
  }

  /** The number is noted before anything is written under it, so that it is never given twice. */
  async #beginAttempt(file: FileRun): Promise<Attempt> {
    await file.folder.refresh();
    this.#attempt = Math.max(this.#attempt, file.folder.lastAttempt) + 1;
    const { recorder, clock } = this.#given;
    const attempt = { attempt: this.#attempt, recorder, startedMs: clock.now(), layout: layoutOf(this.#job) };
    await file.folder.beginAttempt(attempt);
    this.#given.onChange();
    return attempt;
  }

  async #fileFailed(file: FileRun, error: SessionError): Promise<void> {
    file.failures = failuresNow(file.failures, file.keptMs);
    const waitMs = error.code === "no-disk" ? undefined : nextTryMs(file.failures);
    this.#given.log.warn({ err: error, code: error.code, waitMs }, "a recording's sink failed");
    if (waitMs === undefined) return this.#endFile(error);
    file.retryAtMs = this.#given.clock.now() + waitMs;
    await this.#quietly(() => file.letGo());
  }

  async #targetFailed(target: TargetRun, sink: TargetRun["sink"], error: SessionError): Promise<void> {
    if (target.sink !== sink || target.isOver) return;
    this.#over.add(target.key);
    if (sink) this.#capture?.hub?.remove(sink);
    await this.#quietly(() => target.fail(error));
    if (this.#stream && ![...this.#targets.values()].some(({ isOver }) => !isOver)) this.#stream.isOver = true;
    await this.#settle();
  }

  async #closeTarget(target: TargetRun | undefined): Promise<void> {
    if (target?.sink) this.#capture?.hub?.remove(target.sink);
    await this.#quietly(() => target?.detach());
  }

  /** With an error it is not begun again; what there is of it is kept all the same. */
  async #endFile(error: SessionError | undefined): Promise<void> {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    if (error) this.#over.add(file.id);
    await this.#quietly(() => file.end(error));
    this.#lastFile = { id: file.id, status: "off", startedMs: file.startedMs, error };
    this.#given.onRecorded(file.folder);
    if (error) await this.#settle();
    this.#given.onChange();
  }

  /** Unless it has ended meanwhile. */
  async #endThis(file: FileRun, error: SessionError): Promise<void> {
    if (this.#file === file) await this.#endFile(error);
  }

  #giveUpFile(recording: string, error: SessionError): void {
    this.#given.log.error({ err: error, recording }, "a recording can't begin");
    this.#over.add(recording);
    this.#lastFile = { id: recording, status: "off", startedMs: 0, error };
  }

  async #endStream(error: SessionError | undefined): Promise<void> {
    if (!this.#stream) return;
    this.#stream.isOver = true;
    if (error) this.#stream.error ??= error;
    for (const target of this.#targets.values()) {
      this.#over.add(target.key);
      if (error && error.code !== "limit" && !target.isOver) await this.#quietly(() => target.fail(error));
      else await this.#closeTarget(target);
    }
    for (const { id } of this.#wanted.stream?.targets ?? []) this.#over.add(targetKey(this.#stream.id, id));
  }

  async #endAll(error: SessionError | undefined): Promise<void> {
    if (this.#wanted.file) this.#over.add(this.#wanted.file);
    await this.#endStream(error);
    await this.#endFile(error);
  }

  /** A stream is one from its first target to its last. */
  #noteStream(): void {
    const { stream } = this.#wanted;
    if (!stream) {
      if (this.#stream) this.#stream.isOver = true;
      return;
    }
    if (this.#stream?.id === stream.id) {
      const isBack = stream.targets.some(({ id }) => !this.#over.has(targetKey(stream.id, id)));
      if (isBack && !this.#stream.error) this.#stream.isOver = false;
      return;
    }
    this.#targets.forEach((target, key) => {
      if (target.isOver) this.#targets.delete(key);
    });
    this.#stream = { id: stream.id, startedMs: this.#given.startedMs.get(stream.id) ?? 0, isOver: false };
    if (!this.#isTracks) return;
    this.#stream.isOver = true;
    this.#stream.error = new SessionError("internal", "recordings of tracks can't go live");
    for (const { id } of stream.targets) this.#over.add(targetKey(stream.id, id));
  }

  #noteStart(): void {
    if (!this.#stream || this.#stream.startedMs > 0) return;
    if ([...this.#targets.values()].some(({ state }) => state.status === "on"))
      this.#stream.startedMs = this.#given.clock.now();
  }

  #keepToLimit(now: number): void {
    const { usageTimeoutMs } = this.#given;
    const isOver = (startedMs: number) => usageTimeoutMs > 0 && startedMs > 0 && now - startedMs >= usageTimeoutMs;
    const limit = () => new SessionError("limit", "recordings and streams may not be longer here");
    const file = this.#file;
    if (file && isOver(file.startedMs)) this.#do(() => this.#endThis(file, limit()));
    if (this.#stream && !this.#stream.isOver && isOver(this.#stream.startedMs))
      this.#do(async () => {
        await this.#endStream(limit());
        await this.#settle();
      });
  }

  get #isNeeded(): boolean {
    if (this.#isTracks) return this.#file !== undefined && this.#isFor(this.#file);
    return this.#file !== undefined || [...this.#targets.values()].some(({ key }) => !this.#over.has(key));
  }

  /** A capture of tracks writes into the folder of one recording. */
  #isFor(file: FileRun): boolean {
    return this.#capture?.recording === undefined || this.#capture.recording === file.id;
  }

  /** One after the other; a step that fails is logged, and the next one is done. */
  #do(step: () => Promise<void>): Promise<void> {
    this.#lane = this.#lane.then(() => this.#quietly(step));
    return this.#lane;
  }

  async #quietly(step: () => Promise<void> | undefined): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#given.log.error({ err: error }, "a step of a session failed");
    }
  }

  /** Cut short when nothing is wanted any more, or another goes on with it. */
  #pause(ms: number): Promise<void> {
    if (this.#isLeft || !this.#isNeeded) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      this.#wake = () => {
        timer?.cancel();
        this.#wake = undefined;
        resolve();
      };
      timer = this.#given.clock.after(ms, () => this.#wake?.());
    });
  }
}

function noDisk(): SessionError {
  return new SessionError("no-disk", "the disk of the recordings is nearly full");
}
