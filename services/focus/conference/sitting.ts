import type { Clock, Timer } from "@veche/kit/clock.ts";
import { isErrorCode, VecheError } from "@veche/kit/errors.ts";
import type { BridgeView } from "../domain/bridge-selection/bridge.ts";
import type { Conference } from "../domain/conference.ts";
import { nextDeadlineMs } from "../domain/deadline.ts";
import type { Effect } from "../domain/effects.ts";
import type { Ask, Failure, Input } from "../domain/inputs.ts";
import type { RecorderPool } from "../domain/recorder-pool.ts";
import type { Rules } from "../domain/rules.ts";
import { isQuiet, step } from "../domain/step.ts";

export type SittingEdges = {
  readonly clock: Clock;
  readonly rules: () => Rules;
  readonly bridges: () => readonly BridgeView[];
  readonly recorders: () => RecorderPool;
  readonly perform: (effect: SittingEffect, sitting: Sitting) => void;
};

/** Those that somebody else performs. */
export type SittingEffect = Exclude<Effect, { readonly type: "reply" }>;

type Waiting = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** One conference: takes inputs one at a time, has their effects performed, and ticks when the domain wants it. */
export class Sitting {
  readonly #edges: SittingEdges;
  readonly #inputs: Input[] = [];
  readonly #asks = new Map<Ask, Waiting>();
  #state: Conference;
  #isStepping = false;
  #isStopped = false;
  #lastAsk = 0;
  /** The moment up to which everything due was done. A quiet input does not look, and the clock runs on after a step. */
  #doneUntilMs: number;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;

  constructor(state: Conference, edges: SittingEdges) {
    this.#state = state;
    this.#edges = edges;
    this.#doneUntilMs = edges.clock.now();
  }

  get state(): Conference {
    return this.#state;
  }

  tell(input: Input): void {
    if (this.#isStopped) return;
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
    this.#schedule();
  }

  /** For a client that waits: resolves when it is done, rejects with what is wrong. */
  ask(input: (ask: Ask) => Input): Promise<void> {
    if (this.#isStopped) return Promise.reject(new VecheError("not-found", "the conference is not here any more"));
    this.#lastAsk += 1;
    const ask = this.#lastAsk;
    return new Promise((resolve, reject) => {
      this.#asks.set(ask, { resolve, reject });
      this.tell(input(ask));
    });
  }

  /** Nothing more is done for the room: it is over, or somebody else's. */
  stop(): void {
    this.#isStopped = true;
    this.#inputs.length = 0;
    this.#timer?.timer.cancel();
    for (const { reject } of this.#asks.values()) {
      reject(new VecheError("unavailable", "the conference is served elsewhere"));
    }
    this.#asks.clear();
  }

  #step(input: Input): void {
    const { clock, rules, bridges, recorders, perform } = this.#edges;
    const now = clock.now();
    const [state, effects] = step(this.#state, input, now, rules(), bridges(), recorders());
    this.#state = state;
    if (!isQuiet(input)) this.#doneUntilMs = now;
    for (const effect of effects) {
      if (effect.type === "reply") this.#reply(effect.ask, effect.failure);
      else perform(effect, this);
    }
  }

  #reply(ask: Ask, failure: Failure | undefined): void {
    const waiting = this.#asks.get(ask);
    this.#asks.delete(ask);
    if (!failure) waiting?.resolve();
    else waiting?.reject(new VecheError(isErrorCode(failure.code) ? failure.code : "internal", failure.message));
  }

  #schedule(): void {
    const { clock, rules } = this.#edges;
    const atMs = this.#isStopped ? undefined : nextDeadlineMs(this.#state, rules(), this.#doneUntilMs);
    if (atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const timer = clock.after(Math.max(0, atMs - clock.now()), () => {
      this.#timer = undefined;
      this.tell({ type: "tick" });
    });
    this.#timer = { atMs, timer };
  }
}
