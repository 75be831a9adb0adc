/** What is to be done and who does it, as the two buckets say; taking a job, and keeping it. */
import type { Bucket, BucketChange, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Job, JobSchema, type JobState, JobStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Me, SeenState } from "../domain/claims.ts";

export type HeardJob = { readonly job: Job; readonly heardMs: number };
export type HeardState = SeenState & { readonly value: JobState };

/** Whose a job is that was given up. */
export const nobody: Me = { recorder: "", instance: "" };

export type BoardGiven = {
  readonly bus: Bus;
  readonly me: Me;
  readonly clock: Clock;
  readonly log: Log;
  /** Something about this job is otherwise now. */
  readonly onChange: (job: string) => void;
};

export class JobBoard implements Disposable {
  readonly #given: BoardGiven;
  readonly #jobBucket: Bucket<typeof JobSchema>;
  readonly #stateBucket: Bucket<typeof JobStateSchema>;
  readonly #jobs = new Map<string, HeardJob>();
  readonly #states = new Map<string, HeardState>();
  readonly #watching: Subscription[] = [];
  #isBeginning = true;

  private constructor(
    given: BoardGiven,
    jobBucket: Bucket<typeof JobSchema>,
    stateBucket: Bucket<typeof JobStateSchema>,
  ) {
    this.#given = given;
    this.#jobBucket = jobBucket;
    this.#stateBucket = stateBucket;
  }

  /** Resolves when everything that is there has been heard: states first, so that no job looks free that isn't. */
  static async open(given: BoardGiven): Promise<JobBoard> {
    const { bus } = given;
    const board = new JobBoard(
      given,
      await bus.bucket(buckets.recordingJobs, JobSchema),
      await bus.bucket(buckets.recordingStates, JobStateSchema),
    );
    board.#watching.push(await board.#stateBucket.watch((change) => board.#hearState(change)));
    board.#watching.push(await board.#jobBucket.watch((change) => board.#hearJob(change)));
    board.#isBeginning = false;
    return board;
  }

  get jobs(): ReadonlyMap<string, HeardJob> {
    return this.#jobs;
  }

  get states(): ReadonlyMap<string, HeardState> {
    return this.#states;
  }

  /** Undefined where somebody else was first. Rejects while NATS is away. */
  async take(job: string, state: JobState): Promise<Lease | undefined> {
    return this.#lease(job, () => this.#stateBucket.create(job, this.#signed(job, state)));
  }

  /** Undefined where somebody else was first, or it was renewed after all. */
  async takeOver(job: string, revision: number, state: JobState): Promise<Lease | undefined> {
    return this.#lease(job, () => this.#stateBucket.update(job, this.#signed(job, state), revision));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#watching.splice(0)) subscription.close();
  }

  async #lease(job: string, write: () => Promise<number>): Promise<Lease | undefined> {
    try {
      const revision = await write();
      return new Lease(this.#stateBucket, job, revision, this.#given.me, (state, as) => this.#signed(job, state, as));
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
  }

  #signed(job: string, state: JobState, as: Me = this.#given.me): JobState {
    return { ...state, ...as, job, renewedMs: BigInt(this.#given.clock.now()) };
  }

  #hearJob({ key, value }: BucketChange<typeof JobSchema>): void {
    const before = this.#jobs.get(key);
    if (value === undefined) this.#jobs.delete(key);
    else this.#jobs.set(key, { job: value, heardMs: before?.heardMs ?? this.#given.clock.now() });
    this.#given.onChange(key);
  }

  #hearState({ key, value, revision }: BucketChange<typeof JobStateSchema>): void {
    const before = this.#states.get(key);
    if (value === undefined) this.#states.delete(key);
    // After a reconnect all is told again: what was not renewed is no newer by that.
    else if (before?.revision !== revision) {
      const { recorder, instance, finished, attempt } = value;
      const heardMs = this.#given.clock.now();
      const isFromBefore = this.#isBeginning;
      this.#states.set(key, { recorder, instance, finished, attempt, revision, heardMs, isFromBefore, value });
    }
    this.#given.onChange(key);
  }
}

type Sign = (state: JobState, as: Me) => JobState;

/** A job that is ours for as long as nobody else has written its state. */
export class Lease {
  readonly job: string;
  readonly #bucket: Bucket<typeof JobStateSchema>;
  readonly #me: Me;
  readonly #sign: Sign;
  #revision: number;

  constructor(bucket: Bucket<typeof JobStateSchema>, job: string, revision: number, me: Me, sign: Sign) {
    this.#bucket = bucket;
    this.job = job;
    this.#revision = revision;
    this.#me = me;
    this.#sign = sign;
  }

  /** False: somebody else has it now. Rejects while NATS is away. */
  async renew(state: JobState, as: Me = this.#me): Promise<boolean> {
    const signed = this.#sign(state, as);
    try {
      this.#revision = await this.#bucket.update(this.job, signed, this.#revision);
      return true;
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
    // Its time ran out while NATS was away, or an earlier write had arrived whose answer was lost.
    const found = await this.#bucket.get(this.job);
    if (found && found.value.instance !== this.#me.instance) return false;
    try {
      this.#revision = found
        ? await this.#bucket.update(this.job, signed, found.revision)
        : await this.#bucket.create(this.job, signed);
      return true;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }

  async remove(): Promise<void> {
    await this.#bucket.delete(this.job);
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof VecheError && (error.code === "already-exists" || error.code === "failed-precondition");
}
