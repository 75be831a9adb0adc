import type { Bucket } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { JobSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Failure } from "../domain/inputs.ts";
import type { JobMessage } from "./recording-messages.ts";

export const jobTimes = {
  firstRetryMs: 100,
  lastRetryMs: 1_000,
  /** Whoever asked is told after this that it is not stored; it is stored all the same, when that can be. */
  answerMs: 5_000,
} as const;

export type JobWriterGiven = {
  readonly bucket: Bucket<typeof JobSchema>;
  readonly clock: Clock;
  /** Looks whether the room is still ours, where that is in doubt. */
  readonly confirmOwnership: (room: string) => Promise<void>;
  readonly onTrouble: (job: string, failure: Failure) => void;
};

type Waiter = { readonly sinceMs: number; readonly settle: (failure?: Failure) => void };
type Entry = { room: string; session: string; wanted: JobMessage | undefined; waiters: Waiter[] };

/** Stores jobs as they are wanted: of each the newest, tried until it is stored. */
export class JobWriter {
  readonly #given: JobWriterGiven;
  readonly #entries = new Map<string, Entry>();
  readonly #drains: { readonly session: string | undefined; readonly resolve: () => void }[] = [];

  constructor(given: JobWriterGiven) {
    this.#given = given;
  }

  put(id: string, of: { readonly room: string; readonly session: string }, job: JobMessage, settle?: Waiter["settle"]) {
    const known = this.#entries.get(id);
    const waiters = settle ? [{ sinceMs: this.#given.clock.now(), settle }] : [];
    if (known) {
      known.wanted = job;
      known.waiters.push(...waiters);
      return;
    }
    const entry: Entry = { ...of, wanted: job, waiters };
    this.#entries.set(id, entry);
    void this.#run(id, entry);
  }

  isBusyWith(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Resolves when what is wanted so far is stored; of one sitting, or of all. */
  drained(session?: string): Promise<void> {
    if (!this.#isBusy(session)) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push({ session, resolve }));
  }

  /** The room is somebody else's: what was to be stored is not ours to store. */
  abandon(room?: string): void {
    for (const [id, entry] of this.#entries) {
      if (room !== undefined && entry.room !== room) continue;
      entry.wanted = undefined;
      this.#forget(id, { code: "unavailable", message: "the conference is served elsewhere" });
    }
  }

  async #run(id: string, entry: Entry): Promise<void> {
    const { bucket, confirmOwnership, onTrouble } = this.#given;
    for (let failures = 0; entry.wanted; ) {
      const { wanted, waiters } = entry;
      const asked = waiters.length;
      try {
        await confirmOwnership(entry.room);
        if (!entry.wanted) return;
        await bucket.put(id, wanted);
        for (const { settle } of waiters.splice(0, asked)) settle();
        if (entry.wanted === wanted) this.#forget(id);
        failures = 0;
      } catch (error) {
        const { code, message } = toVecheError(error);
        onTrouble(id, { code, message });
        this.#giveUpWaiting(entry, { code, message });
        await this.#pause(Math.min(jobTimes.lastRetryMs, jobTimes.firstRetryMs * 2 ** failures));
        failures += 1;
      }
      if (this.#entries.get(id) !== entry) return;
    }
  }

  #giveUpWaiting(entry: Entry, failure: Failure): void {
    const now = this.#given.clock.now();
    const late = entry.waiters.filter(({ sinceMs }) => now - sinceMs >= jobTimes.answerMs);
    entry.waiters = entry.waiters.filter((waiter) => !late.includes(waiter));
    for (const { settle } of late) settle(failure);
  }

  #forget(id: string, failure?: Failure): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    for (const { settle } of entry?.waiters.splice(0) ?? []) settle(failure);
    for (const drain of [...this.#drains]) {
      if (this.#isBusy(drain.session)) continue;
      this.#drains.splice(this.#drains.indexOf(drain), 1);
      drain.resolve();
    }
  }

  #isBusy(session: string | undefined): boolean {
    return [...this.#entries.values()].some((entry) => session === undefined || entry.session === session);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#given.clock.after(ms, resolve));
  }
}
