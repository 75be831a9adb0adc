import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import * as R from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";

type State = MessageInitShape<typeof R.JobStateSchema>;

/** A recorder as far as the focus sees one: it takes jobs it has room for, renews their states, and ends what it is told to. */
export class FakeRecorder implements Disposable {
  readonly id: string;
  /** Jobs that it has taken. */
  readonly taken = new Map<string, State>();
  /** As they stand in the bucket. */
  readonly jobs = new Map<string, R.Job>();
  room = 1;
  /** It does not end what it is to end. */
  isStubborn = false;
  readonly #refused = new Set<string>();
  readonly #clock: Clock;
  #jobs: Bucket<typeof R.JobSchema> | undefined;
  #states: Bucket<typeof R.JobStateSchema> | undefined;
  #recorders: Bucket<typeof R.RecorderStateSchema> | undefined;
  #timers: Timer[] = [];

  private constructor(id: string, clock: Clock) {
    this.id = id;
    this.#clock = clock;
  }

  static async start(bus: Bus, clock: Clock, id = "r1"): Promise<FakeRecorder> {
    const recorder = new FakeRecorder(id, clock);
    recorder.#jobs = await bus.bucket(buckets.recordingJobs, R.JobSchema);
    recorder.#states = await bus.bucket(buckets.recordingStates, R.JobStateSchema);
    recorder.#recorders = await bus.bucket(buckets.recorders, R.RecorderStateSchema);
    await recorder.#jobs.watch(({ key, value }) => void recorder.#note(key, value));
    await recorder.beat();
    recorder.#timers = [
      clock.every(1_000, () => void recorder.#renew()),
      clock.every(5_000, () => void recorder.beat()),
    ];
    return recorder;
  }

  async beat(): Promise<void> {
    const compositeFull = this.taken.size >= this.room;
    const state = {
      recorder: this.id,
      instance: `${this.id}-1`,
      healthy: true,
      compositeFull,
      tracksFull: compositeFull,
    };
    await this.#recorders?.put(this.id, state);
  }

  /** The capture runs. */
  async begin(job: string): Promise<void> {
    const wanted = this.jobs.get(job);
    await this.say(job, {
      ...(wanted?.file ? { file: { id: wanted.file.recording, status: R.Status.ON } } : {}),
      ...(wanted?.stream ? { stream: { id: wanted.stream.stream, status: R.Status.ON } } : {}),
    });
  }

  async say(job: string, changes: Partial<State>): Promise<void> {
    const state = { ...(this.taken.get(job) as object), ...changes } as State;
    this.taken.set(job, state);
    await this.#states?.put(job, state);
  }

  /** As kill -9. */
  kill(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
  }

  [Symbol.dispose](): void {
    this.kill();
  }

  async #note(key: string, job: R.Job | undefined): Promise<void> {
    if (!job) {
      this.jobs.delete(key);
      this.taken.delete(key);
      return this.beat();
    }
    this.jobs.set(key, job);
    if (this.taken.has(key)) {
      if (!job.file && !job.stream && !this.isStubborn) await this.#finish(key);
    } else if (this.taken.size < this.room && (job.file || job.stream)) await this.#take(key);
  }

  async #finish(key: string): Promise<void> {
    const { file, stream } = this.taken.get(key) ?? {};
    const off = { status: R.Status.OFF };
    await this.say(key, {
      finished: true,
      ...(file ? { file: { ...(file as object), ...off } } : {}),
      ...(stream ? { stream: { ...(stream as object), ...off } } : {}),
    } as Partial<State>);
  }

  async #take(key: string): Promise<void> {
    const state: State = { job: key, recorder: this.id, instance: `${this.id}-1` };
    this.taken.set(key, state);
    try {
      await this.#states?.create(key, state);
      await this.beat();
    } catch {
      // Another recorder has it.
      this.taken.delete(key);
      this.#refused.add(key);
      const next = [...this.jobs.values()].find((job) => !this.#refused.has(job.job) && (job.file || job.stream));
      if (next) await this.#take(next.job);
    }
  }

  async #renew(): Promise<void> {
    for (const [key, state] of this.taken)
      await this.#states?.put(key, { ...state, renewedMs: BigInt(this.#clock.now()) });
  }
}
