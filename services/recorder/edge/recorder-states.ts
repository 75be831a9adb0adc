/** This recorder in the bucket `recorders`, and the others that are there. */
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type RecorderState, RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";

export type OwnState = Omit<RecorderState, "$typeName" | "$unknown">;

export type StatesGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  readonly state: () => OwnState;
};

/** Changes that come in a burst are told together. */
const burstMs = 50;

export class RecorderStates implements AsyncDisposable {
  readonly #given: StatesGiven;
  readonly #bucket: Bucket<typeof RecorderStateSchema>;
  readonly #others = new Map<string, RecorderState>();
  #watching: Subscription | undefined;
  #every: Timer | undefined;
  #soon: Timer | undefined;
  #storing: Promise<void> | undefined;
  #isAgain = false;
  #isClosed = false;
  #hasTwin = false;

  private constructor(given: StatesGiven, bucket: Bucket<typeof RecorderStateSchema>) {
    this.#given = given;
    this.#bucket = bucket;
  }

  static async open(given: StatesGiven): Promise<RecorderStates> {
    const states = new RecorderStates(given, await given.bus.bucket(buckets.recorders, RecorderStateSchema));
    let isBeginning = true;
    states.#watching = await states.#bucket.watch(({ key, value }) => {
      if (value === undefined) states.#others.delete(key);
      else if (key !== given.state().recorder) states.#others.set(key, value);
      else if (!isBeginning) states.#lookAtTwin(value);
    });
    isBeginning = false;
    return states;
  }

  start(): void {
    this.tell();
    this.#every = this.#given.clock.every(this.#given.everyMs, () => this.tell());
  }

  /** Another recorder would take a job that this one gives up. */
  hasSuccessor(kind: "composite" | "tracks"): boolean {
    return [...this.#others.values()].some(
      (other) => other.healthy && !other.draining && !(kind === "composite" ? other.compositeFull : other.tracksFull),
    );
  }

  isThere(recorder: string): boolean {
    return this.#others.has(recorder);
  }

  /** Between the regular times, when something has changed. */
  tell(): void {
    if (this.#isClosed) return;
    this.#soon ??= this.#given.clock.after(burstMs, () => {
      this.#soon = undefined;
      this.#storing ??= this.#store().finally(() => {
        this.#storing = undefined;
        if (this.#isAgain) this.tell();
        this.#isAgain = false;
      });
    });
    if (this.#storing) this.#isAgain = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#every?.cancel();
    this.#soon?.cancel();
    this.#watching?.close();
    await this.#storing;
    const { bus, log, state } = this.#given;
    try {
      if (bus.isConnected) await this.#bucket.delete(state().recorder);
    } catch (error) {
      log.debug({ err: error }, "this recorder's entry was left to expire");
    }
  }

  async #store(): Promise<void> {
    const { bus, state, log } = this.#given;
    if (!bus.isConnected) return;
    try {
      const own = state();
      await this.#bucket.put(own.recorder, own);
    } catch (error) {
      log.debug({ err: error }, "this recorder's entry was not stored");
    }
  }

  /** Two under one name take each other's jobs for their own. */
  #lookAtTwin({ instance, recorder }: RecorderState): void {
    if (this.#hasTwin || instance === this.#given.state().instance) return;
    this.#hasTwin = true;
    this.#given.log.error({ recorder }, "another recorder has the same name: give each its own VECHE_RECORDER_ID");
  }
}
