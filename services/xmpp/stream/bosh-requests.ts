import type { Clock, Timer } from "@veche/kit/clock.ts";
import { writeBody } from "../codec/xep0124-bosh.ts";
import type { StanzasAnswer } from "./bosh-answer.ts";

/** An HTTP request that waits for its answer. */
export interface BoshExchange {
  /** Nobody reads the answer any more. */
  readonly isLost: boolean;
  answer(answer: string | StanzasAnswer): void;
}

type Held = { readonly rid: number; readonly exchange: BoshExchange; readonly timer: Timer };

/** The requests of one session that have no answer yet: held for what may come, or waiting for one before them. */
export class OpenRequests {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #overdue: (rid: number) => void;
  readonly #waiting = new Map<number, BoshExchange>();
  #held: Held[] = [];

  /** `overdue` is called for a request that was held as long as was agreed. */
  constructor(clock: Clock, waitMs: number, overdue: (rid: number) => void) {
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#overdue = overdue;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Of the held ones those that nobody waits for any more. */
  get lost(): number {
    return this.#held.filter(({ exchange }) => exchange.isLost).length;
  }

  get early(): number {
    return this.#waiting.size;
  }

  get oldestHeld(): number | undefined {
    return this.#held[0]?.rid;
  }

  arrived(rid: number, exchange: BoshExchange): void {
    this.#waiting.set(rid, exchange);
  }

  hold(rid: number): void {
    const exchange = this.#waiting.get(rid);
    this.#waiting.delete(rid);
    if (!exchange) return;
    const timer = this.#clock.after(this.#waitMs, () => this.#overdue(rid));
    this.#held.push({ rid, exchange, timer });
    this.#held.sort((a, b) => a.rid - b.rid);
  }

  takeOldest(): Held | undefined {
    const held = this.#held.shift();
    held?.timer.cancel();
    return held;
  }

  /** The client repeats one of them: the earlier copy is of no use to it any more. False where it waits for one before it. */
  replace(rid: number, exchange: BoshExchange): boolean {
    const early = this.#waiting.get(rid);
    this.#waiting.set(rid, exchange);
    if (early) {
      early.answer(writeBody(""));
      return false;
    }
    const index = this.#held.findIndex((one) => one.rid === rid);
    // Where none is held, a process that died did: it was worked on, only its answer is still owed.
    const [held] = index < 0 ? [] : this.#held.splice(index, 1);
    held?.timer.cancel();
    held?.exchange.answer(writeBody(""));
    return true;
  }

  /** All of them, the held ones first; there are none any more. */
  takeAll(): readonly BoshExchange[] {
    this.stopTimers();
    const all = [...this.#held.map(({ exchange }) => exchange), ...this.#waiting.values()];
    this.#held = [];
    this.#waiting.clear();
    return all;
  }

  stopTimers(): void {
    for (const { timer } of this.#held) timer.cancel();
  }
}
