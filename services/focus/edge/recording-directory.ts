import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import * as R from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { RecorderPool } from "../domain/recorder-pool.ts";
import { type FoundJob, isWanted, type JobReport } from "../domain/recording-job.ts";
import { directoryTimes } from "./bridge-directory.ts";
import { fromJobMessage, toRecorderView, toReport } from "./recording-messages.ts";

export type RecordingListener = {
  /** A recorder came, went or is full; or the line of waiting jobs is another. */
  readonly onPool: () => void;
  /** What its recorder says of a job; undefined: its state is gone. */
  readonly onReport: (session: string, job: string, report: JobReport | undefined) => void;
};

export type RecordingDirectoryGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly listener: RecordingListener;
};

/** The buckets of recordings as they are now: who records, what is wanted, and how it goes. */
export class RecordingDirectory implements Disposable {
  readonly jobs: Bucket<typeof R.JobSchema>;
  readonly #clock: Clock;
  readonly #listener: RecordingListener;
  readonly #recorders = new Map<string, R.RecorderState>();
  readonly #wanted = new Map<string, R.Job>();
  readonly #reports = new Map<string, JobReport>();
  readonly #open: Subscription[] = [];
  #timer: Timer | undefined;
  #lastCheckMs: number;
  #trustedFromMs = 0;
  #pool: RecorderPool = { recorders: [], waiting: [], trustedFromMs: 0 };

  private constructor(given: RecordingDirectoryGiven, jobs: Bucket<typeof R.JobSchema>) {
    this.jobs = jobs;
    this.#clock = given.clock;
    this.#listener = given.listener;
    this.#lastCheckMs = given.clock.now();
  }

  static async open(given: RecordingDirectoryGiven): Promise<RecordingDirectory> {
    const { bus, clock } = given;
    const jobs = await bus.bucket(buckets.recordingJobs, R.JobSchema);
    const states = await bus.bucket(buckets.recordingStates, R.JobStateSchema);
    const recorders = await bus.bucket(buckets.recorders, R.RecorderStateSchema);
    const directory = new RecordingDirectory(given, jobs);
    directory.#open.push(
      await recorders.watch(({ key, value }) => directory.#noteRecorder(key, value)),
      await jobs.watch(({ key, value }) => directory.#noteJob(key, value)),
      await states.watch(({ key, value }) => directory.#noteState(key, value)),
      bus.onConnection((isConnected) => {
        const graceMs = clock.now() + directoryTimes.graceMs;
        directory.#trustFrom(isConnected ? graceMs : Number.POSITIVE_INFINITY);
      }),
    );
    directory.#timer = clock.every(directoryTimes.checkMs, () => directory.#check());
    return directory;
  }

  get pool(): RecorderPool {
    return this.#pool;
  }

  /** What is wanted for a sitting. */
  jobsOf(session: string): readonly FoundJob[] {
    return [...this.#wanted.values()]
      .filter((job) => job.session === session)
      .map((job) => ({ job: fromJobMessage(job), report: this.#reports.get(job.job) }));
  }

  all(): readonly R.Job[] {
    return [...this.#wanted.values()];
  }

  report(job: string): JobReport | undefined {
    return this.#reports.get(job);
  }

  get recorders(): readonly R.RecorderState[] {
    return [...this.#recorders.values()];
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    for (const subscription of this.#open) subscription.close();
  }

  #noteRecorder(key: string, state: R.RecorderState | undefined): void {
    if (state) this.#recorders.set(key, state);
    else this.#recorders.delete(key);
    this.#refresh();
  }

  #noteJob(key: string, job: R.Job | undefined): void {
    const isNew = job !== undefined && !this.#wanted.has(key);
    if (job) this.#wanted.set(key, job);
    else this.#wanted.delete(key);
    this.#refresh();
    // Its recorder may have been quicker than this word of it.
    const report = this.#reports.get(key);
    if (isNew && report) this.#listener.onReport(job.session, key, report);
  }

  #noteState(key: string, state: R.JobState | undefined): void {
    const report = state && toReport(state, this.#clock.now());
    if (report) this.#reports.set(key, report);
    else this.#reports.delete(key);
    this.#refresh();
    const job = this.#wanted.get(key);
    if (job) this.#listener.onReport(job.session, key, report);
  }

  /** A process that stood still has heard nothing either. */
  #check(): void {
    const now = this.#clock.now();
    const stoodStillMs = now - this.#lastCheckMs - directoryTimes.checkMs;
    this.#lastCheckMs = now;
    if (stoodStillMs > directoryTimes.silenceMs / 2) this.#trustFrom(now + directoryTimes.graceMs);
  }

  #trustFrom(ms: number): void {
    this.#trustedFromMs = ms;
    this.#refresh();
  }

  #refresh(): void {
    const waiting = [...this.#wanted.values()]
      .filter((job) => !this.#reports.has(job.job) && isWanted(fromJobMessage(job)))
      .sort((a, b) => Number(a.createdMs - b.createdMs) || (a.job < b.job ? -1 : 1))
      .map((job) => ({ job: job.job, mode: fromJobMessage(job).mode }));
    const recorders = [...this.#recorders.values()].map(toRecorderView);
    const before = this.#pool;
    this.#pool = { recorders, waiting, trustedFromMs: this.#trustedFromMs };
    // JSON knows no infinity: null is one.
    if (JSON.stringify(before) !== JSON.stringify(this.#pool)) this.#listener.onPool();
  }
}
