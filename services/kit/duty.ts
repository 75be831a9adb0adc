import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duty as DutyRecord, DutySchema } from "@veche/proto/gen/veche/signalling/v1/duty_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Bucket, BucketEntry, Bus, Subscription } from "./bus.ts";
import type { Clock, Timer } from "./clock.ts";
import { type DutyRole, dutyTimes, mayTake, partnerOf } from "./duty-rules.ts";
import { toVecheError, VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { Silence } from "./silence.ts";

export type DutyGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly role: DutyRole;
  readonly instance: string;
  readonly hostId: string;
  /** Where web reaches this process. */
  readonly origin: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onTaken: () => void;
  readonly onLost: () => void;
};

type Entry = BucketEntry<typeof DutySchema>;

/** Under what a unit's processes are in the bucket. */
export function dutyKey(unit: string, role: string): string {
  return `${unit}.${role}`;
}

/**
 * Which process of a role serves a signalling unit: one at a time, xmpp and focus of one host together (duty-rules.ts). The
 * lease is a value in the bucket `units` that is written again each second.
 */
export class Duty implements AsyncDisposable {
  readonly #given: DutyGiven;
  readonly #bucket: Bucket<typeof DutySchema>;
  readonly #key: string;
  readonly #partnerKey: string;
  readonly #silences: { readonly own: Silence; readonly partner: Silence };
  /** Other hosts that have or had a process for this: only then can somebody else have taken over unnoticed. */
  readonly #others = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #watching: Subscription | undefined;
  #timer: Timer | undefined;
  /** Of the lease while it is ours. */
  #revision: number | undefined;
  #heldMs = Number.NEGATIVE_INFINITY;
  #heldAt = Number.NEGATIVE_INFINITY;
  #wasReplaced = false;
  #isLooking = false;
  #isClosed = false;
  #holder: DutyRecord | undefined;
  #partner: DutyRecord | undefined;

  private constructor(given: DutyGiven, bucket: Bucket<typeof DutySchema>) {
    this.#given = given;
    this.#bucket = bucket;
    this.#key = dutyKey(given.unit, given.role);
    this.#partnerKey = dutyKey(given.unit, partnerOf[given.role]);
    const times = { lookMs: dutyTimes.renewMs };
    this.#silences = { own: new Silence(times), partner: new Silence(times) };
  }

  /** Resolves when it is known whether this process serves the unit or stands by. */
  static async open(given: DutyGiven): Promise<Duty> {
    const duty = new Duty(given, await given.bus.bucket(buckets.units, DutySchema));
    duty.#watching = await duty.#bucket.watch(({ key, value }) => duty.#hear(key, value));
    while (!(await duty.#enroll())) await duty.#pause(dutyTimes.retryMs);
    while (!(await duty.#look())) await duty.#pause(dutyTimes.retryMs);
    duty.#timer = given.clock.every(dutyTimes.renewMs, () => void duty.#look());
    return duty;
  }

  get isOn(): boolean {
    return this.#revision !== undefined;
  }

  /** Nobody else can have the unit: it has no other host, or the lease has not run out, as it may have while we stood still. */
  get isSure(): boolean {
    return this.isOn && (this.#others.size === 0 || this.#heldForMs < dutyTimes.leaseMs);
  }

  /** By the clock that nobody sets, and by the one that goes on while the machine sleeps. */
  get #heldForMs(): number {
    const { clock } = this.#given;
    return Math.max(clock.elapsed() - this.#heldMs, clock.now() - this.#heldAt);
  }

  /** Who serves the unit, as last heard. */
  get holder(): DutyRecord | undefined {
    return this.#holder;
  }

  /** Resolves once it is sure that nobody else has the unit; rejects with `unavailable` after `limitMs`, and off duty. */
  async sure(limitMs: number): Promise<void> {
    const deadline = this.#given.clock.elapsed() + limitMs;
    while (!this.isSure) {
      const left = deadline - this.#given.clock.elapsed();
      if (!this.isOn || left <= 0 || this.#isClosed) {
        throw this.#offDuty();
      }
      void this.#look();
      await this.#changed(left);
    }
  }

  /** Writes the lease again; rejects with `unavailable` where it is another's. */
  async confirm(): Promise<void> {
    while (this.isOn && !this.#isClosed) {
      const beforeMs = this.#given.clock.elapsed();
      if (!this.#isLooking) await this.#look();
      else await this.#changed(dutyTimes.retryMs);
      if (this.isOn && this.#heldMs >= beforeMs) return;
    }
    throw this.#offDuty();
  }

  #offDuty(): VecheError {
    return new VecheError("unavailable", `${this.#given.role} of unit "${this.#given.unit}" is not on duty here`);
  }

  /** The lease stays: a process that comes back within its time goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.resolve();
  }

  /** Lets others have the unit at once, where this host leaves it on purpose. */
  async giveBack(): Promise<void> {
    const revision = this.#revision;
    this.stop();
    this.#revision = undefined;
    if (revision !== undefined) await this.#release(revision);
  }

  stop(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watching?.close();
    this.#wake();
  }

  #hear(key: string, value: DutyRecord | undefined): void {
    if (key === this.#key) this.#hearHolder(value);
    else if (key === this.#partnerKey) this.#hearPartner(value);
    else if (key.startsWith(`${this.#key}.`)) this.#hearHost(key.slice(this.#key.length + 1), value);
  }

  #hearHolder(value: DutyRecord | undefined): void {
    this.#holder = value;
    const isOurs = value?.instance === this.#given.instance;
    // Renewals of others are no news.
    if (!isOurs && (this.isOn || value === undefined)) this.#lookSoon();
  }

  #hearPartner(value: DutyRecord | undefined): void {
    const { hostId, role } = this.#given;
    const isMoved = value?.hostId !== this.#partner?.hostId;
    this.#partner = value;
    if (!isMoved || value === undefined || role !== "focus") return;
    if (value.hostId === hostId) this.#lookSoon();
    else if (this.#others.has(value.hostId)) void this.#yield(value.hostId);
  }

  /** A host names itself when a process of it begins. */
  #hearHost(hostId: string, value: DutyRecord | undefined): void {
    if (hostId === this.#given.hostId) return;
    if (value === undefined) {
      this.#others.delete(hostId);
      return;
    }
    this.#others.add(hostId);
    if (this.#given.role === "focus" && this.#partner?.hostId === hostId) void this.#yield(hostId);
  }

  #lookSoon(): void {
    if (this.#timer) void this.#look();
  }

  /** The unit's xmpp is on that host, and so is a focus: it serves the unit. */
  async #yield(to: string): Promise<void> {
    const revision = this.#revision;
    if (revision === undefined || this.#isClosed || !this.#timer) return;
    this.#revision = undefined;
    this.#given.log.warn({ hostId: to }, "the unit's xmpp is on another host: the focus there serves it");
    this.#given.onLost();
    await this.#release(revision);
  }

  /** Unless somebody else has it: whoever stood still is the last to know. */
  async #release(revision: number): Promise<void> {
    try {
      await this.#bucket.delete(this.#key, revision);
    } catch (error) {
      if (toVecheError(error).code === "failed-precondition") return;
      this.#given.log.warn({ err: error }, "the unit was not given back: its lease runs out by itself");
    }
  }

  async #enroll(): Promise<boolean> {
    try {
      await this.#bucket.put(`${this.#key}.${this.#given.hostId}`, this.#value());
      return true;
    } catch (error) {
      this.#given.log.debug({ code: toVecheError(error).code }, "this host could not be named among the unit's");
      return false;
    }
  }

  /** Renews the lease, takes it where that may be, or sees that it is another's; false where that failed. */
  async #look(): Promise<boolean> {
    if (this.#isLooking || this.#isClosed) return false;
    this.#isLooking = true;
    const sinceMs = this.#given.clock.elapsed();
    try {
      if (await this.#renew(sinceMs)) return true;
      const found = await this.#bucket.get(this.#key);
      const partner = await this.#bucket.get(this.#partnerKey);
      const now = this.#given.clock.elapsed();
      this.#silences.own.looked(found?.revision, sinceMs, now);
      this.#silences.partner.looked(partner?.revision, sinceMs, now);
      if (this.#mayTake(found, partner, now)) {
        const value = this.#value();
        const taking = found
          ? this.#bucket.update(this.#key, value, found.revision)
          : this.#bucket.create(this.#key, value);
        const revision = await taking;
        // An answer that came as late as that says what was: the next look tells what is.
        const isLate = this.#given.clock.elapsed() - sinceMs >= dutyTimes.leaseMs && this.#others.size > 0;
        if (!isLate) this.#hold(revision, sinceMs);
      } else if (found) this.#lose(found.value);
      return true;
    } catch (error) {
      // NATS is away, or two were at it at once: the next look tells.
      this.#silences.own.missed(this.#given.clock.elapsed());
      this.#given.log.debug({ err: error, code: toVecheError(error).code }, "the unit's lease could not be looked at");
      return false;
    } finally {
      this.#isLooking = false;
      if (this.isOn && !this.isSure && !this.#isClosed) this.#given.clock.after(0, () => void this.#look());
    }
  }

  /** One write, while nobody has written since. */
  async #renew(sinceMs: number): Promise<boolean> {
    const before = this.#revision;
    if (before === undefined) return false;
    try {
      const revision = await this.#bucket.update(this.#key, this.#value(), before);
      if (this.#revision === before) this.#hold(revision, sinceMs);
      // It was given up while the answer was on its way.
      else if (!this.isOn) await this.#release(revision);
      return true;
    } catch (error) {
      if (toVecheError(error).code !== "failed-precondition") throw error;
      return false;
    }
  }

  #mayTake(found: Entry | undefined, partner: Entry | undefined, nowMs: number): boolean {
    const { role, instance, hostId } = this.#given;
    return mayTake({
      role,
      me: { instance, hostId },
      isOn: this.isOn,
      wasReplaced: this.#wasReplaced,
      holder: found?.value,
      silentMs: this.#silences.own.silentMs(nowMs),
      partnerHost: partner?.value.hostId,
      partnerSilentMs: this.#silences.partner.silentMs(nowMs),
      others: this.#others,
    });
  }

  #hold(revision: number, sinceMs: number): void {
    const wasOn = this.isOn;
    this.#revision = revision;
    this.#heldMs = sinceMs;
    this.#heldAt = this.#given.clock.now() - (this.#given.clock.elapsed() - sinceMs);
    if (this.#isClosed) return;
    if (!wasOn) this.#given.onTaken();
    this.#wake();
  }

  #lose({ instance, hostId }: DutyRecord): void {
    if (!this.isOn) return;
    this.#revision = undefined;
    this.#wasReplaced = true;
    const { role, log } = this.#given;
    log.warn({ to: instance, hostId }, `another ${role} serves the unit now`);
    this.#given.onLost();
    this.#wake();
  }

  #value(): MessageInitShape<typeof DutySchema> {
    const { unit, role, instance, hostId, origin } = this.#given;
    return { unit, role, instance, hostId, origin };
  }

  #changed(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const timer = this.#given.clock.after(Math.min(limitMs, dutyTimes.retryMs), end);
      this.#waiting.add(end);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#given.clock.after(ms, resolve));
  }
}
