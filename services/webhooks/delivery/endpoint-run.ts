import type { FactConsumer, HeldFact } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Endpoint } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import type { Content, Event } from "../domain/cloud-event.ts";
import { delivered, failed, gone, isDisabled, isOpen, type Progress, type Rules } from "../domain/progress.ts";
import { type Answer, judge, type Verdict } from "../domain/verdict.ts";
import type { Poster } from "../edge/poster.ts";
import type { WebhookEvents } from "../events.ts";
import { limits } from "../limits.ts";
import { eventId, eventOf, type Source, signedContent, sourcesOf } from "./endpoint.ts";
import { Grasp } from "./grasp.ts";
import { Lane } from "./lane.ts";
import type { States } from "./states.ts";
import { Turns } from "./turns.ts";

export type RunGiven = {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: WebhookEvents;
  readonly states: States;
  readonly poster: Poster;
  readonly rules: Rules;
  readonly timeoutMs: number;
  readonly random: () => number;
  readonly openConsumer: (endpoint: Endpoint, source: Source) => Promise<FactConsumer>;
  /** A fact that the operator gave up has been left out. */
  readonly onSkipped: (endpoint: Endpoint) => Promise<void>;
  readonly onRedelivered: (endpoint: Endpoint, source: Source) => Promise<void>;
  /** Says to everybody that it is disabled; before that is written down. */
  readonly onDisabled: (endpoint: Endpoint, progress: Progress) => Promise<void>;
};

/** One endpoint, as this process serves it: one request at a time, from each of its sources in order. */
export class EndpointRun implements AsyncDisposable {
  readonly #given: RunGiven;
  readonly #lanes = new Map<string, Lane>();
  readonly #turns = new Turns();
  readonly #ending = new AbortController();
  #endpoint: Endpoint;
  #fresh = { count: 0, lastMs: 0 };
  #figures: Timer | undefined;

  constructor(endpoint: Endpoint, given: RunGiven) {
    this.#endpoint = endpoint;
    this.#given = given;
    this.update(endpoint);
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** Keys, redeliveries or what is left out have changed. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    const wanted = new Map(sourcesOf(endpoint).map((source) => [laneName(source), source]));
    for (const [name, lane] of this.#lanes) {
      if (wanted.has(name)) continue;
      this.#lanes.delete(name);
      void lane[Symbol.asyncDispose]();
    }
    for (const [name, source] of wanted) if (!this.#lanes.has(name)) this.#lanes.set(name, this.#lane(source));
  }

  /** Facts not delivered yet, redeliveries apart. */
  async waiting(): Promise<number> {
    const live = [...this.#lanes.values()].filter(({ source }) => source.redelivery === undefined);
    return (await Promise.all(live.map((lane) => lane.waiting()))).reduce((sum, one) => sum + one, 0);
  }

  /** Sends something besides the facts, whatever state the endpoint is in. */
  send(event: Event): Promise<Answer> {
    return this.#post(signedContent(this.#endpoint, event, this.#given.clock.now()));
  }

  /** What is under way may end by itself for a while. */
  async [Symbol.asyncDispose](): Promise<void> {
    const lanes = [...this.#lanes.values()];
    const limit = setTimeout(() => this.#ending.abort(), limits.closingMs);
    await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
    clearTimeout(limit);
    this.#ending.abort();
    await this.#tellFigures();
    this.#given.poster[Symbol.dispose]();
  }

  #lane(source: Source): Lane {
    const { clock, log, openConsumer, onRedelivered } = this.#given;
    return new Lane({
      source,
      clock,
      log: log.child({ webhook: this.#endpoint.name }),
      untilOpen: (signal) => this.#untilOpen(signal),
      open: (source) => openConsumer(this.#endpoint, source),
      deliver: (held, source, askedMs) => this.#deliver(held, source, askedMs),
      onFinished: (source) => onRedelivered(this.#endpoint, source),
    });
  }

  #untilOpen(signal: AbortSignal): Promise<void> {
    const { clock, states } = this.#given;
    const { id } = this.#endpoint;
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const end = () => {
        timer?.cancel();
        changing.close();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const look = () => {
        timer?.cancel();
        const progress = states.get(id);
        if (isOpen(progress, clock.now())) end();
        else if (!isDisabled(progress)) timer = clock.after(progress.nextTryMs - clock.now(), look);
      };
      const changing = states.onChange(id, look);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
      else look();
    });
  }

  async #deliver(held: HeldFact, source: Source, askedMs: number): Promise<void> {
    const { clock, states, events, onSkipped } = this.#given;
    const endpoint = this.#endpoint;
    using grasp = new Grasp(held, clock, askedMs);
    if (!grasp.renew()) return;
    // Another process may have failed with it a moment ago.
    if (held.deliveries > 1 && !isOpen(await states.ask(endpoint.id), clock.now())) return held.release();
    if (endpoint.skipped !== "" && endpoint.skipped === eventId(held, source.stream)) {
      events.givenUp(endpoint.name, endpoint.skipped, "the operator left it out");
      held.ack();
      return onSkipped(endpoint);
    }
    const event = eventOf(held, source);
    await this.#turns.take(async () => {
      const request = signedContent(this.#endpoint, event, clock.now());
      const bytes = Buffer.byteLength(request.body);
      if (bytes > limits.bodyBytes) {
        events.givenUp(endpoint.name, event.id, `it has ${bytes} bytes, and ${limits.bodyBytes} are the limit`);
        return held.ack();
      }
      // It is another's by now: giving it back would take it from there.
      if (!grasp.renew()) return;
      await this.#settle(held, event, judge(await this.#post(request), clock.now()));
    });
  }

  async #settle(held: HeldFact, event: Event, verdict: Verdict): Promise<void> {
    if (verdict.type === "accepted") {
      held.ack();
      return this.#accepted();
    }
    try {
      // What was cut off by our own end is no failure of the endpoint.
      if (!this.#ending.signal.aborted) await this.#refused(event, verdict);
    } finally {
      held.release();
    }
  }

  async #accepted(): Promise<void> {
    const { clock, states } = this.#given;
    this.#fresh = { count: this.#fresh.count + 1, lastMs: clock.now() };
    if (states.get(this.#endpoint.id).failures > 0) return this.#tellFigures();
    this.#figures ??= clock.after(limits.figuresMs, () => void this.#tellFigures());
  }

  async #refused(event: Event, verdict: Exclude<Verdict, { type: "accepted" }>): Promise<void> {
    const { clock, states, events, rules, random, onDisabled } = this.#given;
    const { id, name } = this.#endpoint;
    const chance = random();
    const next = (progress: Progress) => {
      if (isDisabled(progress)) return progress;
      if (verdict.type === "gone") return gone(progress, event.id, clock.now());
      return failed(progress, { ...verdict, event: event.id }, clock.now(), chance, rules);
    };
    const foreseen = next(await states.ask(id));
    const isNew = isDisabled(foreseen) && !isDisabled(states.get(id));
    if (isNew) await onDisabled(this.#endpoint, foreseen);
    const progress = await states.change(id, next);
    if (isNew) events.disabled(name, progress.disabledReason, progress.failure);
    else events.failed(name, event.id, progress.failure, progress.failures, progress.nextTryMs - clock.now());
  }

  async #post(request: Content): Promise<Answer> {
    const { poster, events } = this.#given;
    const startedAt = performance.now();
    const answer = await poster.post(request, this.#ending.signal);
    events.answered(answer, (performance.now() - startedAt) / 1000);
    return answer;
  }

  async #tellFigures(): Promise<void> {
    this.#figures?.cancel();
    this.#figures = undefined;
    const { count, lastMs } = this.#fresh;
    if (count === 0) return;
    this.#fresh = { count: 0, lastMs: 0 };
    try {
      await this.#given.states.change(this.#endpoint.id, (progress) => delivered(progress, count, lastMs));
    } catch (error) {
      const isAway = error instanceof VecheError;
      if (!isAway) throw error;
      this.#fresh = { count: this.#fresh.count + count, lastMs: Math.max(this.#fresh.lastMs, lastMs) };
      this.#given.log.debug({ err: error, webhook: this.#endpoint.name }, "figures of deliveries wait for NATS");
      if (!this.#ending.signal.aborted)
        this.#figures ??= this.#given.clock.after(limits.figuresMs, () => void this.#tellFigures());
    }
  }
}

function laneName({ consumer, stream }: Source): string {
  return `${stream.name}/${consumer}`;
}
