import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, BucketChange, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { type RoomLease, RoomLeaseSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";

export const leaseTimes = { renewMs: 5_000, retryMs: 200, noteMs: 250 } as const;

/** Rooms of other units that are remembered. */
export const leaseLimits = { former: 1_000 } as const;

export type LeaseOf = { readonly tenant: string; readonly room: string; readonly session: string };

/** What a successor needs and the facts don't hold. */
export type LeaseNote = { readonly messages: number; readonly jingleSessions: { [endpoint: string]: string } };

export type LeaseListener = {
  /** Somebody else owns the room now. */
  readonly onLost: (room: string) => void;
  /** Another unit has it no longer. */
  readonly onFreed: (room: string) => void;
  /** It had run out while NATS was away, and is ours again under a new epoch. */
  readonly onRetaken: (room: string, epoch: number) => void;
  /** Kept in the lease for whoever takes over. */
  readonly noteFor: (room: string) => LeaseNote;
};

type Held = { readonly of: LeaseOf; revision: number; epoch: number; confirmedMs: number };

/**
 * Who owns which room. A lease lives 15 s and is renewed every 5; its revision when taken is the room's epoch. Another
 * process of the same unit takes over at once, one of another unit when the lease has run out.
 */
export class Leases implements AsyncDisposable {
  readonly #bucket: Bucket<typeof RoomLeaseSchema>;
  readonly #me: { readonly unit: string; readonly instance: string };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listener: LeaseListener;
  readonly #duty: LeaseDuty;
  readonly #held = new Map<string, Held>();
  readonly #seen = new Map<string, { readonly value: RoomLease; readonly revision: number }>();
  readonly #former = new Map<string, RoomLease>();
  readonly #changed = new Set<string>();
  /** Found taken although nobody told. */
  readonly #contested = new Set<string>();
  #watching: Subscription | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  private constructor(bucket: Bucket<typeof RoomLeaseSchema>, given: LeasesGiven) {
    this.#bucket = bucket;
    this.#me = { unit: given.unit, instance: given.instance };
    this.#clock = given.clock;
    this.#log = given.log;
    this.#listener = given.listener;
    this.#duty = given.duty ?? always;
  }

  static async open(given: LeasesGiven): Promise<Leases> {
    const bucket = await given.bus.bucket(buckets.rooms, RoomLeaseSchema);
    const leases = new Leases(bucket, given);
    leases.#watching = await bucket.watch((change) => leases.#hear(change));
    leases.#timer = given.clock.every(leaseTimes.renewMs, () => void leases.#renewAll());
    return leases;
  }

  /** The lease on a room as last heard, whoever holds it. */
  seen(room: string): RoomLease | undefined {
    return this.#seen.get(room)?.value;
  }

  isForeign(room: string): boolean {
    const lease = this.seen(room);
    return lease !== undefined && lease.unit !== this.#me.unit;
  }

  /** Rooms are this process's to take. */
  get isOnDuty(): boolean {
    return this.#duty.isOn();
  }

  /** Resolves with the epoch. Waits for NATS as long as it takes; rejects off duty, and where another unit owns the room. */
  async take(of: LeaseOf): Promise<number> {
    for (;;) {
      if (!this.isOnDuty) throw new VecheError("permission-denied", `room ${of.room}: this focus is not on duty`);
      try {
        await this.#duty.confirm();
        return await this.#takeOnce(of);
      } catch (error) {
        if (!isPassing(error) || this.#isClosed) throw error;
        await this.#pause(leaseTimes.retryMs);
      }
    }
  }

  /** What a successor needs has changed: the lease says so soon. */
  noteChanged(room: string): void {
    if (this.#changed.has(room)) return;
    this.#changed.add(room);
    this.#clock.after(leaseTimes.noteMs, () => {
      this.#changed.delete(room);
      const held = this.#held.get(room);
      if (held && !this.#isClosed) void this.#renew(room, held).catch(() => undefined);
    });
  }

  /** Gives the room back, unless a newer sitting of it has begun. */
  async release(room: string, session: string): Promise<void> {
    if (this.#held.get(room)?.of.session !== session) return;
    this.#held.delete(room);
    try {
      await this.#bucket.delete(room);
    } catch (error) {
      this.#log.warn({ err: error, room }, "a lease was not given back: it runs out by itself");
    }
  }

  /** The room is whoever's who takes it; nothing is given back. */
  letGo(room: string): void {
    this.#held.delete(room);
  }

  /** The lease of another unit on a room, which ran out or was given back. */
  former(room: string): RoomLease | undefined {
    return this.#former.get(room);
  }

  /** Waits until nobody else can have the unit, then renews a lease that may have run out unnoticed, as when a stopped process wakes up; `onLost` says what came of it. */
  async confirm(room: string): Promise<void> {
    await this.#duty.confirm();
    const held = this.#held.get(room);
    if (held && this.#clock.now() - held.confirmedMs >= buckets.rooms.ttlMs) await this.#renew(room, held);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watching?.close();
    return Promise.resolve();
  }

  async #takeOnce(of: LeaseOf): Promise<number> {
    const { room } = of;
    const formerEpoch = this.#held.get(room)?.epoch ?? 0;
    const known = this.#mayExist(room) ? await this.#bucket.get(room) : undefined;
    if (known && known.value.unit !== this.#me.unit) {
      throw new VecheError("permission-denied", `room ${room} belongs to the signalling unit "${known.value.unit}"`);
    }
    const value = this.#valueOf(of);
    const revision = known ? await this.#bucket.update(room, value, known.revision) : await this.#create(room, value);
    const epoch = Math.max(revision, formerEpoch + 1);
    this.#held.set(room, { of, revision, epoch, confirmedMs: this.#clock.now() });
    return epoch;
  }

  #mayExist(room: string): boolean {
    return this.#held.has(room) || this.#seen.has(room) || this.#contested.delete(room);
  }

  async #create(room: string, value: MessageInitShape<typeof RoomLeaseSchema>): Promise<number> {
    try {
      return await this.#bucket.create(room, value);
    } catch (error) {
      this.#contested.add(room);
      throw error;
    }
  }

  async #renewAll(): Promise<void> {
    await Promise.allSettled([...this.#held].map(([room, held]) => this.#renew(room, held)));
  }

  async #renew(room: string, held: Held): Promise<void> {
    try {
      held.revision = await this.#bucket.update(room, this.#valueOf(held.of), held.revision);
      held.confirmedMs = this.#clock.now();
    } catch (error) {
      if (toVecheError(error).code !== "failed-precondition") throw error;
      if (this.#held.get(room) === held) await this.#reclaim(room, held);
    }
  }

  /** The lease is not as we left it: run out, or another's, or ours with an answer that got lost. */
  async #reclaim(room: string, held: Held): Promise<void> {
    const found = await this.#bucket.get(room);
    if (found && found.value.instance !== this.#me.instance) return this.#lose(room);
    if (found) {
      held.revision = found.revision;
      held.confirmedMs = this.#clock.now();
      return;
    }
    const revision = await this.#bucket.create(room, this.#valueOf(held.of));
    if (this.#held.get(room) !== held) return;
    Object.assign(held, { revision, epoch: Math.max(revision, held.epoch + 1), confirmedMs: this.#clock.now() });
    this.#listener.onRetaken(room, held.epoch);
  }

  #hear({ key, value, revision }: BucketChange<typeof RoomLeaseSchema>): void {
    this.#noteFormer(key, value);
    if (value) this.#seen.set(key, { value, revision });
    else this.#seen.delete(key);
    const held = this.#held.get(key);
    if (value && held && value.instance !== this.#me.instance && revision > held.revision) this.#lose(key);
  }

  #noteFormer(room: string, value: RoomLease | undefined): void {
    this.#former.delete(room);
    const before = this.#seen.get(room)?.value;
    if (value || !before || before.session === "" || before.unit === this.#me.unit) return;
    this.#former.set(room, before);
    const oldest = this.#former.size > leaseLimits.former ? this.#former.keys().next().value : undefined;
    if (oldest !== undefined) this.#former.delete(oldest);
    this.#listener.onFreed(room);
  }

  #lose(room: string): void {
    if (this.#held.delete(room)) this.#listener.onLost(room);
  }

  #valueOf(of: LeaseOf): MessageInitShape<typeof RoomLeaseSchema> {
    return { ...this.#me, ...of, ...this.#listener.noteFor(of.room) };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

export type LeasesGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: LeaseListener;
  readonly duty?: LeaseDuty;
};

/** Whether this process serves the unit. Where that has several hosts, another may take it sooner than any lease runs out. */
export type LeaseDuty = {
  readonly isOn: () => boolean;
  /** Resolves when it is on duty for sure. */
  readonly confirm: () => Promise<void>;
};

const always: LeaseDuty = { isOn: () => true, confirm: () => Promise.resolve() };

/** NATS is away for a while, or two took the lease at once: look again. */
function isPassing(error: unknown): boolean {
  const passing = ["unavailable", "deadline-exceeded", "already-exists", "failed-precondition"];
  return passing.includes(toVecheError(error).code);
}
