import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { EventContract, RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import type { BucketContract, StreamContract } from "@veche/proto/storage.ts";
import { decodeAnswer, decodeBody, encodeBody, sizeFault } from "./body.ts";
import type {
  Bucket,
  Bus,
  ConsumerOptions,
  EventHandler,
  FactConsumer,
  FactHeaders,
  RecordedFact,
  RequestHandler,
  RequestOptions,
  ServeOptions,
  Subscription,
} from "./bus.ts";
import { busLimits } from "./bus-limits.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Answer, Dispatch } from "./dispatch.ts";
import { VecheError } from "./errors.ts";
import { factHeaders } from "./fact-headers.ts";
import { type Log, silentLog } from "./log.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { MemoryConsumer } from "./memory-consumer.ts";
import { MemoryNetwork } from "./memory-network.ts";
import type { Metrics } from "./metrics.ts";
import { filterOf, subjectOf } from "./subject.ts";

export { MemoryNetwork } from "./memory-network.ts";

export type MemoryBusOptions = {
  /** The queue group of what this bus serves. */
  readonly role?: string;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
};

/** The bus without a server: the same contracts, errors and order; one alone talks to itself. */
export class MemoryBus implements Bus {
  readonly role: string;
  readonly clock: Clock;
  readonly #network: MemoryNetwork;
  readonly #dispatch: Dispatch;
  readonly #open = new Set<Subscription>();
  readonly #kept: (() => void)[] = [];
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #isConnected = true;
  #isClosed = false;

  constructor(network: MemoryNetwork = new MemoryNetwork(), options: MemoryBusOptions = {}) {
    this.#network = network;
    this.role = options.role ?? "test";
    this.clock = options.clock ?? systemClock;
    this.#dispatch = new Dispatch(options.log ?? silentLog, options.metrics);
    network.join(this, (isConnected) => this.#connectionChanged(isConnected));
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  onConnection(listener: (isConnected: boolean) => void): Subscription {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  publish<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
  ): void {
    const subject = subjectOf(contract, values);
    const body = checked(contract.message, encodeBody(contract.message, message));
    if (this.#isClosed) return;
    const send = () => this.#network.publish(subject, body, this.clock.now());
    if (this.#isConnected) send();
    else if (this.#kept.push(send) > busLimits.keptMessages) this.#kept.shift();
  }

  subscribe<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    handler: EventHandler<S, M>,
    values?: Partial<SubjectValues<S>>,
  ): Subscription {
    return this.#hold(
      this.#network.subscribe(this, filterOf(contract, values), (subject, text) =>
        this.#dispatch.event(contract, handler, { subject, text, trace: {} }),
      ),
    );
  }

  async request<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    values: SubjectValues<S>,
    message: MessageInitShape<Q>,
    options: RequestOptions = {},
  ): Promise<MessageShape<A>> {
    const subject = subjectOf(contract, values);
    const body = checked(contract.request, encodeBody(contract.request, message));
    const text = await this.#within(options.timeoutMs ?? busLimits.requestMs, subject, options.signal, () =>
      this.#network.request(this, subject, body),
    );
    return decodeAnswer(contract.response, text);
  }

  serve<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    handler: RequestHandler<S, Q, A>,
    values?: Partial<SubjectValues<S>>,
    { group = this.role }: ServeOptions = {},
  ): Subscription {
    return this.#hold(
      this.#network.serve({ bus: this, group, filter: filterOf(contract, values) }, (subject, text) =>
        this.#dispatch.answer(contract, handler, { subject, text, trace: {} }).then(withinSize),
      ),
    );
  }

  async record<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
    fact: FactHeaders,
  ): Promise<void> {
    const subject = subjectOf(contract, values);
    const body = checked(contract.message, encodeBody(contract.message, message, true));
    const headers = factHeaders(contract, fact);
    await this.#within(busLimits.recordMs, subject, undefined, async () =>
      this.#network.record(subject, body, { id: fact.id, headers, storedAtMs: this.clock.now() }),
    );
  }

  async keepStream(contract: StreamContract): Promise<void> {
    await this.online(() => this.#network.keepStream(contract));
  }

  async *replay(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact> {
    const facts = await this.online(() => this.#network.facts(stream, subjectFilter));
    for (const fact of facts) {
      await Promise.resolve();
      yield { ...fact, body: JSON.parse(fact.text) as unknown };
    }
  }

  async *latest(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact> {
    const newest = new Map<string, RecordedFact>();
    for await (const fact of this.replay(stream, subjectFilter)) {
      newest.delete(fact.subject);
      newest.set(fact.subject, fact);
    }
    yield* newest.values();
  }

  async consumer(stream: StreamContract, options: ConsumerOptions): Promise<FactConsumer> {
    const place = await this.online(() => this.#network.place(stream, options));
    return new MemoryConsumer(this, place);
  }

  removeConsumer(stream: StreamContract, name: string): Promise<void> {
    return this.online(() => this.#network.removePlace(stream, name));
  }

  async bucket<M extends DescMessage>(contract: BucketContract, schema: M): Promise<Bucket<M>> {
    const store = await this.online(() => this.#network.bucket(contract, this.clock));
    return new MemoryBucket(this, store, schema);
  }

  async roundTripMs(): Promise<number> {
    if (!this.#isConnected) throw new VecheError("unavailable", "the network is out of reach");
    return 0;
  }

  /** Runs against the network once it is within reach, or rejects when that takes too long. */
  online<T>(action: () => T): Promise<T> {
    return this.#within(busLimits.recordMs, "storage", undefined, async () => action());
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    for (const subscription of [...this.#open]) subscription.close();
    this.#network.leave(this);
    return this.#dispatch.settled(busLimits.drainMs);
  }

  #hold(subscription: Subscription): Subscription {
    const held = {
      close: () => {
        this.#open.delete(held);
        subscription.close();
      },
    };
    this.#open.add(held);
    return held;
  }

  #connectionChanged(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    if (isConnected) for (const send of this.#kept.splice(0)) send();
    for (const listener of [...this.#listeners]) listener(isConnected);
  }

  #within<T>(limitMs: number, what: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new VecheError("unavailable", `${what}: the bus is closed`));
    return new Promise<T>((resolve, reject) => {
      const timer = this.clock.after(limitMs, () =>
        end(() => reject(new VecheError("deadline-exceeded", `${what}: no answer within ${limitMs} ms`))),
      );
      const abort = () => end(() => reject(new VecheError("deadline-exceeded", `${what}: the asker gave up`)));
      const end = (settle: () => void) => {
        timer.cancel();
        reconnected.close();
        signal?.removeEventListener("abort", abort);
        settle();
      };
      const begin = () => {
        action().then(
          (value) => end(() => resolve(value)),
          (error: unknown) => end(() => reject(error)),
        );
      };
      // As over NATS: what was under way when the connection was lost is asked again.
      const reconnected = this.onConnection((isConnected) => isConnected && begin());
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
      else if (this.#isConnected) begin();
    });
  }
}

function withinSize(answer: Answer | undefined): Answer | undefined {
  const error = answer?.ok ? sizeFault(answer.body, busLimits.bodyBytes) : undefined;
  return error ? { ok: false, error } : answer;
}

/** A test hears at once of what its readers could not read: 1.5 in a field of whole numbers is written without a word. */
function checked(schema: DescMessage, body: string): string {
  const fault = sizeFault(body, busLimits.bodyBytes);
  if (fault) throw fault;
  decodeBody(schema, body);
  return body;
}
