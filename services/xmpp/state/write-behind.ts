import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket } from "@veche/kit/bus.ts";
import { type Clock, type Timer, waitAtMost } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import type { DutyState } from "../stream/doorway.ts";

export type StateInit = MessageInitShape<typeof StateRecordSchema>;

/** One thing that outlives the process. */
export type Stored = {
  readonly key: string;
  /** The record as it is now; undefined removes it. */
  readonly render: () => StateInit | undefined;
  /** The record that `render` gave before is safe. */
  readonly written?: () => void;
};

/**
 * `now`: before this turn's stanzas leave, for what must not be worked on twice. `soon`: what the client will be told
 * is safe. `queued`: what waits for somebody who is away. `lazily`: what only shortens a recovery.
 */
export type Urgency = "now" | "soon" | "queued" | "lazily";

export const writeBehindTimes = { soonMs: 50, queuedMs: 1_000, lazilyMs: 5_000, againMs: 250 } as const;
const delays: Readonly<Record<Urgency, number>> = {
  now: 0,
  soon: writeBehindTimes.soonMs,
  queued: writeBehindTimes.queuedMs,
  lazily: writeBehindTimes.lazilyMs,
};
const maxInFlight = 64;
const sureMs = 1_000;

/**
 * Writes records behind the work: changes of one record between two writes cost one write, nobody waits for any, and
 * while the bucket is out of reach everything goes on and the newest of each record is written when it is back.
 */
export class WriteBehind {
  readonly #bucket: Bucket<typeof StateRecordSchema>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #duty: DutyState;
  /** Of the records that are there, when this process last wrote or found them. */
  readonly #revisions = new Map<string, number>();
  readonly #dirty = new Map<string, { stored: Stored; due: number }>();
  readonly #inFlight = new Map<string, Promise<void>>();
  #timer: Timer | undefined;
  #timerDue = 0;
  #isClosed = false;
  #failures = 0;

  constructor(bucket: Bucket<typeof StateRecordSchema>, clock: Clock, log: Log, duty: DutyState) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
    this.#duty = duty;
  }

  /** A record that a process before this one wrote. */
  noteRevision(key: string, revision: number): void {
    this.#revisions.set(key, revision);
  }

  /** Records that wait to be written. */
  get pending(): number {
    return this.#dirty.size + this.#inFlight.size;
  }

  get failures(): number {
    return this.#failures;
  }

  mark(stored: Stored, urgency: Urgency): void {
    if (this.#isClosed) return;
    const known = this.#dirty.get(stored.key);
    // The most frequent case by far: a full room marks everybody in it, again and again.
    if (urgency === "lazily" && known?.stored === stored) return;
    const due = this.#clock.now() + delays[urgency];
    if (known && known.due <= due) {
      known.stored = stored;
    } else {
      this.#dirty.set(stored.key, { stored, due });
    }
    if (urgency === "now" && this.#inFlight.size < maxInFlight) this.#begin(stored.key);
    else this.#arm(known ? Math.min(known.due, due) : due);
  }

  /** Resolves when the record as it is now is safe, or after `limitMs`. */
  async flush(stored: Stored, limitMs: number): Promise<void> {
    this.mark(stored, "now");
    const safe = async () => {
      while (this.#dirty.has(stored.key) || this.#inFlight.has(stored.key)) {
        const writing = this.#inFlight.get(stored.key);
        if (!writing) return;
        await writing;
      }
    };
    await waitAtMost(this.#clock, limitMs, safe());
  }

  /** Stops as a process does that is killed: what is not written is lost. */
  abandon(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#dirty.clear();
  }

  /** Writes what is left, once, and stops. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    await Promise.allSettled([...this.#inFlight.values()]);
    const rest = [...this.#dirty.values()].map(({ stored }) => this.#write(stored));
    this.#dirty.clear();
    await Promise.allSettled(rest);
  }

  #arm(due: number): void {
    if (this.#isClosed || (this.#timer && this.#timerDue <= due)) return;
    this.#timer?.cancel();
    this.#timerDue = due;
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#beginDue();
    });
  }

  #beginDue(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { due }] of this.#dirty) {
      if (due > now || this.#inFlight.has(key)) next = Math.min(next, Math.max(due, now + 1));
      else if (this.#inFlight.size < maxInFlight) this.#begin(key);
      else next = now + 1;
    }
    // What waits for a place or for its own write to end is begun when one ends; the timer is for what is not due yet.
    if (next !== Number.POSITIVE_INFINITY && this.#inFlight.size < maxInFlight) this.#arm(next);
  }

  #begin(key: string): void {
    const dirty = this.#dirty.get(key);
    if (!dirty || this.#inFlight.has(key)) return;
    this.#dirty.delete(key);
    const writing = this.#write(dirty.stored).then(
      () => this.#ended(key),
      (error: unknown) => {
        this.#failures++;
        if (this.#failures === 1 || this.#failures % 1_000 === 0) {
          this.#log.warn(
            { err: error, failures: this.#failures },
            "state could not be written; it is kept and tried again",
          );
        }
        const newer = this.#dirty.get(key);
        if (!newer) this.#dirty.set(key, { stored: dirty.stored, due: this.#clock.now() + writeBehindTimes.againMs });
        this.#ended(key);
      },
    );
    this.#inFlight.set(key, writing);
  }

  #ended(key: string): void {
    this.#inFlight.delete(key);
    const again = this.#dirty.get(key);
    if (again) this.#arm(again.due);
    else if (this.#dirty.size > 0) this.#arm(this.#clock.now() + 1);
  }

  async #write({ key, render, written }: Stored): Promise<void> {
    if (!this.#duty.isSure) await this.#duty.sure(sureMs);
    const record = render();
    if (record) this.#revisions.set(key, await this.#store(key, record));
    else {
      await this.#bucket.delete(key);
      this.#revisions.delete(key);
    }
    written?.();
  }

  /** What a successor on another host has written since is not overwritten by one that was cut off on its way. */
  async #store(key: string, record: StateInit): Promise<number> {
    const revision = this.#revisions.get(key);
    if (revision === undefined) return this.#bucket.put(key, record);
    try {
      return await this.#bucket.update(key, record, revision);
    } catch (error) {
      if (toVecheError(error).code !== "failed-precondition") throw error;
      // Its time was over, or an answer was lost.
      await this.#duty.confirm();
      return this.#bucket.put(key, record);
    }
  }
}
