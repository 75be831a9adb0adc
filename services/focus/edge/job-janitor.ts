import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Job } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { JobWriter } from "./job-writer.ts";
import type { RecordingDirectory } from "./recording-directory.ts";

export const janitorTimes = {
  lookMs: 1_000,
  /** A recorder that has not said by then that it is done will not need the job any more. */
  purgeMs: 600_000,
  /** A sitting that is not here by then is over. */
  orphanMs: 60_000,
} as const;

export type JobJanitorGiven = {
  readonly unit: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: RecordingDirectory;
  readonly writer: JobWriter;
  /** Whether a sitting goes on here; undefined while that can't be said: nobody is on duty, or rooms are still looked for. */
  readonly isRunning: (session: string) => boolean | undefined;
};

/** Jobs that have ended hold stream keys no longer than they must, and none outlives its sitting. */
export class JobJanitor implements Disposable {
  readonly #given: JobJanitorGiven;
  readonly #since = new Map<string, number>();
  readonly #timer: Timer;
  #isWorking = false;

  constructor(given: JobJanitorGiven) {
    this.#given = given;
    this.#timer = given.clock.every(janitorTimes.lookMs, () => void this.#look());
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  async #look(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    const { directory, unit, writer } = this.#given;
    const mine = directory.all().filter((job) => job.unit === unit && !writer.isBusyWith(job.job));
    const due = mine.filter((job) => this.#given.isRunning(job.session) !== undefined);
    for (const id of this.#since.keys()) if (!due.some(({ job }) => job === id.slice(1))) this.#since.delete(id);
    for (const job of due) await this.#tidy(job);
    this.#isWorking = false;
  }

  async #tidy(job: Job): Promise<void> {
    const { directory, log, isRunning } = this.#given;
    const report = directory.report(job.job);
    if (job.file || job.stream) {
      if (isRunning(job.session) || !this.#isOlder(`w${job.job}`, janitorTimes.orphanMs)) return;
      log.info({ room: job.room, session: job.session, job: job.job }, "a recording whose sitting is over is ended");
      this.#end(job);
      return;
    }
    const isDone = !report || report.finished || this.#isOlder(`d${job.job}`, janitorTimes.purgeMs);
    if (!isDone) return;
    try {
      await directory.jobs.purge(job.job);
    } catch (error) {
      log.debug({ job: job.job, code: toVecheError(error).code }, "a job could not be removed yet");
    }
  }

  #end({ file: _, stream: __, ...job }: Job): void {
    const { writer } = this.#given;
    writer.put(job.job, { room: job.room, session: job.session }, { ...job, endReason: "ended" });
  }

  #isOlder(key: string, ms: number): boolean {
    const now = this.#given.clock.now();
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    return now - since >= ms;
  }
}
