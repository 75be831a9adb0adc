import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, BucketEntry, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { escapeToken } from "@veche/kit/subject.ts";
import { RoomLeaseSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { leaseTimes } from "./leases.ts";

export const dutyTimes = {
  /** So often whoever stands by looks whether the unit is free. */
  lookMs: 1_000,
} as const;

export type DutyGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly instance: string;
  readonly hostId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onTaken: () => void;
  readonly onLost: () => void;
};

/**
 * Which focus of a signalling unit serves it: one at a time. A process on the same host is the successor of the one
 * before and takes over at once; one on another host stands by until the lease has run out or was given back.
 */
export class Duty implements AsyncDisposable {
  readonly #given: DutyGiven;
  readonly #bucket: Bucket<typeof RoomLeaseSchema>;
  readonly #key: string;
  #watching: Subscription | undefined;
  #timer: Timer | undefined;
  /** Of the lease while it is ours. */
  #revision: number | undefined;
  #heldMs = 0;
  #wasReplaced = false;
  #isLooking = false;
  #isClosed = false;

  private constructor(given: DutyGiven, bucket: Bucket<typeof RoomLeaseSchema>) {
    this.#given = given;
    this.#bucket = bucket;
    this.#key = `unit-${escapeToken(given.unit)}`;
  }

  /** Resolves when it is known whether this process serves the unit or stands by. */
  static async open(given: DutyGiven): Promise<Duty> {
    const duty = new Duty(given, await given.bus.bucket(buckets.rooms, RoomLeaseSchema));
    while (!(await duty.#look())) {
      await new Promise<void>((resolve) => void given.clock.after(leaseTimes.retryMs, resolve));
    }
    duty.#watching = await duty.#bucket.watch(({ key, value }) => {
      const isOurs = value?.instance === given.instance;
      if (key === duty.#key && !isOurs) void duty.#look();
    });
    duty.#timer = given.clock.every(dutyTimes.lookMs, () => duty.#tick());
    return duty;
  }

  get isOn(): boolean {
    return this.#revision !== undefined;
  }

  /** Nobody else can have the unit: its lease is ours and has not run out, as it may have while this process stood still. */
  get isSure(): boolean {
    return this.isOn && this.#given.clock.now() - this.#heldMs < buckets.rooms.ttlMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watching?.close();
    if (!this.isOn) return;
    await this.#bucket.delete(this.#key).catch((error: unknown) => {
      this.#given.log.warn({ err: error }, "the unit was not given back: its lease runs out by itself");
    });
  }

  #tick(): void {
    const isRecent = this.isOn && this.#given.clock.now() - this.#heldMs < leaseTimes.renewMs;
    if (!isRecent) void this.#look();
  }

  /** Renews the lease, takes it where that may be, or sees that it is another's; false where that failed. */
  async #look(): Promise<boolean> {
    if (this.#isLooking || this.#isClosed) return false;
    this.#isLooking = true;
    const sinceMs = this.#given.clock.now();
    try {
      const found = await this.#bucket.get(this.#key);
      if (!found) this.#hold(await this.#bucket.create(this.#key, this.#value()), sinceMs);
      else if (this.#mayTake(found))
        this.#hold(await this.#bucket.update(this.#key, this.#value(), found.revision), sinceMs);
      else this.#lose(found.value.instance);
      return true;
    } catch (error) {
      // NATS is away, or two were at it at once: the next look tells.
      this.#given.log.debug({ err: error, code: toVecheError(error).code }, "the unit's lease could not be looked at");
      return false;
    } finally {
      this.#isLooking = false;
    }
  }

  /** What was ours and was taken by a successor stays the successor's. */
  #mayTake({ value }: BucketEntry<typeof RoomLeaseSchema>): boolean {
    const { instance, hostId } = this.#given;
    return value.instance === instance || (!this.isOn && !this.#wasReplaced && value.hostId === hostId);
  }

  #hold(revision: number, sinceMs: number): void {
    const wasOn = this.isOn;
    this.#revision = revision;
    this.#heldMs = sinceMs;
    if (!wasOn && !this.#isClosed) this.#given.onTaken();
  }

  #lose(to: string): void {
    if (!this.isOn) return;
    this.#revision = undefined;
    this.#wasReplaced = true;
    this.#given.log.warn({ to }, "another focus serves the unit now");
    this.#given.onLost();
  }

  #value(): MessageInitShape<typeof RoomLeaseSchema> {
    const { unit, instance, hostId } = this.#given;
    return { unit, instance, hostId };
  }
}
