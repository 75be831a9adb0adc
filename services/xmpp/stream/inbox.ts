import type { Clock, Timer } from "@veche/kit/clock.ts";
import { type Rate, TokenBucket } from "../domain/token-bucket.ts";

export type InboxLimits = {
  readonly stanzas: Rate;
  readonly bytes: Rate;
  readonly delayedAtMostMs: number;
};

/** While an answer is worked out that decides on what follows, no client sends much. */
const heldAtMost = 64;

/** Below this share of its burst a client counts as sending all it may. */
const reserveShare = 0.1;

/**
 * What one client sent and has not been looked at. Over its rate a client is delayed, and one that would have to be
 * delayed too long is cut.
 */
export class Inbox<T> {
  readonly #clock: Clock;
  readonly #limits: InboxLimits;
  readonly #handle: (item: T) => void;
  readonly #stanzas: TokenBucket;
  readonly #bytes: TokenBucket;
  #queue: { item: T; bytes: number }[] = [];
  #timer: Timer | undefined;
  #isHeld = false;
  #isClosed = false;
  /** Since when the client has sent as much as it may, or more. */
  #overSince: number | undefined;

  constructor(clock: Clock, limits: InboxLimits, handle: (item: T) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#handle = handle;
    this.#stanzas = new TokenBucket(limits.stanzas, clock.now());
    this.#bytes = new TokenBucket(limits.bytes, clock.now());
  }

  get isDelayed(): boolean {
    return this.#queue.length > 0;
  }

  /** False where the client sends so much that it has to go. An answer that it was asked for counts by its bytes alone. */
  add(item: T, bytes: number, isAwaited = false): boolean {
    const now = this.#clock.now();
    const owed = Math.max(this.#stanzas.waitMs(now), this.#bytes.waitMs(now));
    if (this.#hasReserve(now)) this.#overSince = undefined;
    else this.#overSince ??= now;
    this.#stanzas.spend(now, isAwaited ? 0 : 1);
    this.#bytes.spend(now, bytes);
    const overMs = this.#overSince === undefined ? 0 : now - this.#overSince;
    if (Math.max(owed, overMs) > this.#limits.delayedAtMostMs) return false;
    if (owed === 0 && this.#queue.length === 0 && !this.#isHeld) {
      this.#handle(item);
      return true;
    }
    if (this.#isHeld && this.#queue.length >= heldAtMost) return false;
    this.#queue.push({ item, bytes });
    if (!this.#isHeld) this.#arm();
    return true;
  }

  /** Nothing more is looked at until `release`: what the last item brings takes time. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#queue.length > 0) this.#handleDue();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isClosed = true;
    this.#queue = [];
  }

  /** Called when everything that was delayed has been handled. */
  onDrained: () => void = () => {};

  #hasReserve(now: number): boolean {
    return Math.min(this.#stanzas.reserve(now), this.#bytes.reserve(now)) > reserveShare;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(this.#dueMs(), () => {
      this.#timer = undefined;
      this.#handleDue();
    });
  }

  /** When the first of the queue would have been within the rate: the debt but for what stands behind it. */
  #dueMs(): number {
    const now = this.#clock.now();
    const { stanzas, bytes } = this.#limits;
    const behindBytes = this.#queue.reduce((sum, queued) => sum + queued.bytes, 0);
    const stanzaMs = this.#stanzas.waitMs(now) - (this.#queue.length / stanzas.perSecond) * 1000;
    const byteMs = this.#bytes.waitMs(now) - (behindBytes / bytes.perSecond) * 1000;
    return Math.max(1, Math.ceil(Math.max(stanzaMs, byteMs)));
  }

  #handleDue() {
    while (this.#queue.length > 0 && !this.#isHeld) {
      if (this.#dueMs() > 1) return this.#arm();
      const next = this.#queue.shift();
      if (next) this.#handle(next.item);
    }
    if (!this.#isHeld && !this.#isClosed) this.onDrained();
  }
}
