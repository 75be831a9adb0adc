import type { Bus, FactConsumer, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { service } from "@veche/proto/facts.ts";
import { type Endpoint, EndpointSchema, EndpointStateSchema } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { isDisabled, type Progress, type Rules } from "../domain/progress.ts";
import type { Poster } from "../edge/poster.ts";
import type { WebhookEvents } from "../events.ts";
import { limits } from "../limits.ts";
import type { WebhookMetrics } from "../metrics.ts";
import { Book } from "./book.ts";
import { liveConsumersOf, type Source, sourcesOf, withoutSource } from "./endpoint.ts";
import { EndpointRun } from "./endpoint-run.ts";
import { States } from "./states.ts";

export type DelivererGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: WebhookEvents;
  readonly metrics: WebhookMetrics;
  readonly instance: string;
  readonly rules: Rules;
  readonly timeoutMs: number;
  readonly random: () => number;
  readonly poster: (url: string) => Poster;
};

const tidyMs = 60_000;

/** All endpoints, as this process serves them. Others may serve them too. */
export class Deliverer implements AsyncDisposable {
  readonly endpoints: Book<typeof EndpointSchema>;
  readonly states: States;
  readonly #given: DelivererGiven;
  readonly #stateBook: Book<typeof EndpointStateSchema>;
  readonly #runs = new Map<string, EndpointRun>();
  readonly #ending = new Set<Promise<void>>();
  #watching: Subscription | undefined;
  #tidying: Timer | undefined;

  private constructor(
    given: DelivererGiven,
    endpoints: Book<typeof EndpointSchema>,
    stateBook: Book<typeof EndpointStateSchema>,
  ) {
    this.#given = given;
    this.endpoints = endpoints;
    this.#stateBook = stateBook;
    this.states = new States(stateBook);
  }

  static async open(given: DelivererGiven): Promise<Deliverer> {
    const endpoints = await Book.open(given.bus, buckets.webhookEndpoints, EndpointSchema);
    const states = await Book.open(given.bus, buckets.webhookStates, EndpointStateSchema);
    const deliverer = new Deliverer(given, endpoints, states);
    deliverer.#watching = endpoints.onChange((name, endpoint) => deliverer.#changed(name, endpoint));
    for (const endpoint of endpoints.all) deliverer.#changed(endpoint.name, endpoint);
    deliverer.#tidying = given.clock.every(tidyMs, () => void deliverer.#tidy());
    void deliverer.#tidy();
    return deliverer;
  }

  run(name: string): EndpointRun | undefined {
    return this.#runs.get(name);
  }

  /** Its consumers and figures, once it is no endpoint any more. */
  async forget(id: string, sources: readonly Pick<Source, "consumer" | "stream">[] = []): Promise<void> {
    for (const { consumer, stream } of [...liveConsumersOf(id), ...sources])
      await this.#given.bus.removeConsumer(stream, consumer);
    await this.states.remove(id);
  }

  /** For operators: kept as a fact, over when the endpoint is enabled again. */
  async warn(endpoint: Endpoint, progress: Progress, isOver: boolean): Promise<void> {
    const { bus, clock, instance } = this.#given;
    const time = new Date(clock.now()).toISOString();
    const why =
      progress.disabledReason === "gone"
        ? "it answered 410 Gone"
        : `it accepted nothing for too long (${progress.failure})`;
    const text = `webhook ${endpoint.name} is disabled: ${why}`;
    const base = { role: "webhooks", instance };
    await bus.record(
      service.warned,
      base,
      { ...base, time, warning: "webhook-disabled", text, over: isOver },
      {
        id: `webhook-${endpoint.id}-${progress.disabledReason}-${progress.disabledMs}-${isOver ? "over" : "disabled"}`,
        source: `/webhooks/${instance}`,
        time,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tidying?.cancel();
    this.#watching?.close();
    const runs = [...this.#runs.values()];
    this.#runs.clear();
    await Promise.all([...this.#ending, ...runs.map((run) => run[Symbol.asyncDispose]())]);
    this.endpoints[Symbol.dispose]();
    this.#stateBook[Symbol.dispose]();
  }

  #changed(name: string, endpoint: Endpoint | undefined): void {
    const known = this.#runs.get(name);
    if (known && endpoint?.id === known.endpoint.id) known.update(endpoint);
    else {
      if (known) this.#end(known);
      this.#runs.delete(name);
      if (endpoint) this.#runs.set(name, this.#begin(endpoint));
    }
    this.#count();
  }

  #end(run: EndpointRun): void {
    const ending = run[Symbol.asyncDispose]().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #begin(endpoint: Endpoint): EndpointRun {
    const { clock, log, events, rules, timeoutMs, random, poster } = this.#given;
    return new EndpointRun(endpoint, {
      clock,
      log,
      events,
      states: this.states,
      poster: poster(endpoint.url),
      rules,
      timeoutMs,
      random,
      openConsumer: (endpoint, source) => this.#openConsumer(endpoint, source),
      onSkipped: async ({ name, id, skipped }) => {
        await this.endpoints.change(name, (stored) =>
          stored?.id === id && stored.skipped === skipped ? { ...stored, skipped: "" } : undefined,
        );
      },
      onRedelivered: (endpoint, source) => this.#redelivered(endpoint, source),
      onDisabled: (endpoint, progress) => this.warn(endpoint, progress, false),
    });
  }

  /** Of an endpoint that was removed a moment ago none is made anew. */
  async #openConsumer({ name, id }: Endpoint, source: Source): Promise<FactConsumer> {
    const { bus, timeoutMs } = this.#given;
    const stored = await this.endpoints.ask(name);
    const isWanted =
      stored?.id === id &&
      sourcesOf(stored).some(({ consumer, stream }) => consumer === source.consumer && stream === source.stream);
    if (!isWanted) throw new VecheError("not-found", `there is no webhook "${name}" any more`);
    const { consumer, filters, startMs, stream } = source;
    return bus.consumer(stream, { name: consumer, filters, startMs, ackWaitMs: timeoutMs + limits.ackGraceMs });
  }

  async #redelivered({ name, id }: Endpoint, source: Source): Promise<void> {
    const stored = await this.endpoints.change(name, (stored) =>
      stored?.id === id ? { ...stored, redeliveries: withoutSource(stored, source) } : undefined,
    );
    await this.#given.bus.removeConsumer(source.stream, source.consumer);
    const { redelivery } = source;
    const isWhole = stored?.redeliveries.every((one) => one.id !== redelivery?.id);
    if (isWhole && redelivery) this.#given.events.redelivered(name, redelivery.id);
  }

  /** What a process left behind that died while it removed an endpoint. */
  async #tidy(): Promise<void> {
    const ids = new Set(this.endpoints.all.map(({ id }) => id));
    try {
      for (const id of this.states.ids.filter((one) => !ids.has(one))) await this.forget(id);
    } catch (error) {
      this.#given.log.debug({ err: error }, "what is left of a webhook stays for now");
    }
    this.#count();
  }

  #count(): void {
    const all = this.endpoints.all.map(({ id }) => this.states.get(id));
    const disabled = all.filter(isDisabled).length;
    const failing = all.filter((progress) => !isDisabled(progress) && progress.failures > 0).length;
    const { endpoints } = this.#given.metrics;
    endpoints.set({ state: "well" }, all.length - disabled - failing);
    endpoints.set({ state: "failing" }, failing);
    endpoints.set({ state: "disabled" }, disabled);
  }
}
