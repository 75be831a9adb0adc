import type { RtpPacket } from "@veche/kit/rtp/packet.ts";
import { extendSequence } from "@veche/kit/rtp/srtp.ts";

export type Arrived = { readonly packet: RtpPacket; readonly at: number };

export type JitterRules = {
  /** How long a missing packet is waited for. */
  readonly waitMs: number;
  /** Missing ones are asked for again after this; 0: never asked for. */
  readonly askAgainMs: number;
  /** What waits behind a missing one at most. */
  readonly packets: number;
};

export type JitterOut = {
  /** In order. */
  readonly take: (arrived: Arrived) => void;
  /** So many never came. */
  readonly lose: (count: number) => void;
  readonly ask: (sequences: readonly number[]) => void;
};

/** A sender that jumps further has begun anew. */
const jump = 3_000;
const asksPerPacket = 10;

type Missing = { readonly since: number; askedAt: number; asks: number };

/** Puts packets in order; waits for missing ones, but not for ever. */
export class Jitter {
  readonly #rules: JitterRules;
  readonly #out: JitterOut;
  readonly #waiting = new Map<number, Arrived>();
  readonly #missing = new Map<number, Missing>();
  #next: number | undefined;
  #highest = 0;

  constructor(rules: JitterRules, out: JitterOut) {
    this.#rules = rules;
    this.#out = out;
  }

  /** With how often it wrapped around. */
  get highest(): number {
    return this.#highest;
  }

  get isWaiting(): boolean {
    return this.#missing.size > 0;
  }

  push(arrived: Arrived): void {
    const index = extendSequence(arrived.packet.sequence, this.#next === undefined ? undefined : this.#highest);
    if (this.#next === undefined) this.#restart(index);
    else if (Math.abs(index - this.#highest) > jump) {
      this.#giveUp(Number.POSITIVE_INFINITY);
      this.#restart(index);
    }
    const next = this.#next ?? index;
    if (index < next) return;
    this.#missing.delete(index);
    if (index > next || this.#waiting.size > 0) {
      for (let at = Math.max(this.#highest + 1, next); at < index; at += 1)
        this.#missing.set(at, { since: arrived.at, askedAt: 0, asks: 0 });
      this.#waiting.set(index, arrived);
    } else {
      this.#next = next + 1;
      this.#out.take(arrived);
    }
    this.#highest = Math.max(this.#highest, index);
    this.#release();
    if (this.#waiting.size > this.#rules.packets) this.#giveUp(arrived.at);
  }

  /** Asks for what is missing, and goes on without what was waited for long enough. */
  tick(now: number): void {
    if (this.#missing.size === 0) return;
    const { waitMs, askAgainMs } = this.#rules;
    const [first] = this.#missing.values();
    if (first && now - first.since >= waitMs) this.#giveUp(now);
    if (askAgainMs === 0) return;
    const due: number[] = [];
    for (const [index, one] of this.#missing) {
      if (now - one.askedAt < askAgainMs || one.asks >= asksPerPacket) continue;
      one.askedAt = now;
      one.asks += 1;
      due.push(index & 0xffff);
    }
    if (due.length > 0) this.#out.ask(due);
  }

  /** Whatever is there goes out. */
  flush(): void {
    this.#giveUp(Number.POSITIVE_INFINITY);
  }

  #restart(index: number): void {
    this.#next = index;
    this.#highest = index;
  }

  #release(): void {
    for (let next = this.#next ?? 0; ; next += 1) {
      this.#next = next;
      const arrived = this.#waiting.get(next);
      if (!arrived) return;
      this.#waiting.delete(next);
      this.#out.take(arrived);
    }
  }

  /** Those that have been waited for: one gap after the other, as long as too much waits. */
  #giveUp(now: number): void {
    while (this.#waiting.size > 0) {
      const next = this.#next ?? 0;
      const missing = this.#missing.get(next);
      const isFull = this.#waiting.size > this.#rules.packets;
      if (missing && !isFull && now - missing.since < this.#rules.waitMs) return;
      let lost = 0;
      let at = next;
      for (; !this.#waiting.has(at); at += 1) {
        this.#missing.delete(at);
        lost += 1;
      }
      this.#next = at;
      if (lost > 0) this.#out.lose(lost);
      this.#release();
    }
  }
}
