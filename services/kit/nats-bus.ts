import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import {
  type Msg,
  type MsgHdrs,
  type Subscription as NatsSubscription,
  headers as newHeaders,
} from "@nats-io/transport-node";
import type { EventContract, RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import { type RoleName, roles } from "@veche/proto/roles.ts";
import type { BucketContract, StreamContract } from "@veche/proto/storage.ts";
import { encodeBody, sizeFault } from "./body.ts";
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
import { type Answer, Dispatch } from "./dispatch.ts";
import { toVecheError, VecheError } from "./errors.ts";
import { factHeaders } from "./fact-headers.ts";
import type { Health } from "./health.ts";
import { createLogger, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Endpoint, MicroService } from "./micro-service.ts";
import { NatsBucket } from "./nats-bucket.ts";
import { NatsConsumer, removeConsumer } from "./nats-consumer.ts";
import { isNoResponders, writeError } from "./nats-errors.ts";
import { type NatsConfig, NatsLink } from "./nats-link.ts";
import { NatsOutbox, orderHeader, SeenOrders } from "./nats-outbox.ts";
import type { Delivered, Reading } from "./nats-reader.ts";
import { requestOver } from "./nats-request.ts";
import { NatsStorage } from "./nats-storage.ts";
import type { Context } from "./run.ts";
import { filterOf, subjectOf } from "./subject.ts";
import { traceparent } from "./telemetry.ts";

export type { NatsConfig } from "./nats-link.ts";

export type ServiceIdentity = {
  readonly role: RoleName;
  readonly instance: string;
  readonly version: string;
  /** Host id. */
  readonly host?: string;
};

export type NatsEdges = {
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** The part "nats" of it follows the connection. */
  readonly health?: Health;
  /** Ends the waiting for a server that is not there yet. */
  readonly signal?: AbortSignal;
};

/** One hop is 0.4 ms on an idle host. */
const requestSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** The replies to a role arrive under this prefix; it may listen to no other. */
export function inboxPrefixOf(role: string): string {
  return `_INBOX.${role}`;
}

/** From what `commonSchema` reads. */
export function natsConfig(config: {
  readonly NATS_URL: string;
  readonly NATS_USER: string;
  readonly NATS_PASSWORD: string;
  readonly NATS_CREDS_FILE: string;
  readonly NATS_CA_FILE: string;
}): NatsConfig {
  return {
    url: config.NATS_URL,
    user: config.NATS_USER,
    password: config.NATS_PASSWORD,
    credsFile: config.NATS_CREDS_FILE,
    caFile: config.NATS_CA_FILE,
  };
}

/** The bus of a role, from what it was started with. */
export function openBus(context: Context): Promise<NatsBus> {
  return NatsBus.open(natsConfig(context.config), { ...context, host: context.config.VECHE_HOST_ID }, context);
}

/** The bus over a NATS server (2.9 or later, with JetStream). */
export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #service: ServiceIdentity;
  readonly #storage: NatsStorage;
  readonly #outbox: NatsOutbox;
  readonly #micro: MicroService;
  readonly #dispatch: Dispatch;
  readonly #requests;
  readonly #log: Log;
  readonly #open = new Set<NatsSubscription>();
  #closing: Promise<void> | undefined;

  private constructor(
    link: NatsLink,
    storage: NatsStorage,
    service: ServiceIdentity,
    edges: Required<Pick<NatsEdges, "log">> & NatsEdges,
  ) {
    this.#link = link;
    this.#storage = storage;
    this.#service = service;
    this.#log = edges.log;
    this.#outbox = new NatsOutbox(link, edges.log);
    this.#micro = new MicroService(link.nc, service.role, service.version, {
      instance: service.instance,
      host: service.host ?? "",
    });
    this.#dispatch = new Dispatch(edges.log, edges.metrics);
    this.#requests = edges.metrics?.histogram(
      "bus_request_seconds",
      "From asking another role to its answer.",
      requestSeconds,
      ["subject", "outcome"],
    );
    const { metrics, health } = edges;
    const connected = metrics?.gauge("bus_connected_ratio", "1 while NATS is within reach, else 0.");
    connected?.set(1);
    link.onConnection((isConnected) => {
      connected?.set(isConnected ? 1 : 0);
      health?.set("nats", isConnected ? undefined : "NATS is out of reach");
    });
    const ahead = metrics?.gauge("bus_clock_ahead_seconds", "How far this host's clock is ahead of NATS.");
    link.clock.onCompared(({ aheadMs, warning }) => {
      ahead?.set(aheadMs / 1000);
      health?.warn("clock", warning);
    });
  }

  /** Waits until NATS is there; rejects with `unauthenticated` where it refuses the role's user. */
  static async open(config: NatsConfig, service: ServiceIdentity, edges: NatsEdges = {}): Promise<NatsBus> {
    const log = edges.log ?? createLogger(service.role);
    const prefix = inboxPrefixOf(service.role);
    const link = await NatsLink.open(config, `${service.role}-${service.instance}`, prefix, log, edges.signal);
    return new NatsBus(link, await NatsStorage.open(link, prefix, log), service, { ...edges, log });
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  onConnection(listener: (isConnected: boolean) => void): Subscription {
    return this.#link.onConnection(listener);
  }

  publish<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
  ): void {
    const subject = subjectOf(contract, values);
    const body = this.#checkSize(encodeBody(contract.message, message));
    if (!this.#link.isClosed) this.#outbox.send(subject, body);
  }

  subscribe<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    handler: EventHandler<S, M>,
    values?: Partial<SubjectValues<S>>,
  ): Subscription {
    const seen = new SeenOrders();
    return this.#listen(filterOf(contract, values), undefined, (msg) => {
      if (!seen.isNew(msg.headers?.get(orderHeader) ?? "")) return;
      this.#dispatch.event(contract, handler, {
        subject: msg.subject,
        text: msg.string(),
        trace: traceIn(msg.headers),
      });
    });
  }

  async request<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    values: SubjectValues<S>,
    message: MessageInitShape<Q>,
    options: RequestOptions = {},
  ): Promise<MessageShape<A>> {
    const body = this.#checkSize(encodeBody(contract.request, message));
    const askedMs = performance.now();
    const limits = {
      limitMs: options.timeoutMs ?? busLimits.requestMs,
      ...(options.signal ? { signal: options.signal } : {}),
      mayPass: (error: unknown) => isNoResponders(error) && this.#mayStillServe(performance.now() - askedMs),
    };
    const end = this.#requests?.startTimer({ subject: contract.subject });
    try {
      const answer = await requestOver(this.#link, contract, values, body, limits);
      end?.({ outcome: "ok" });
      return answer;
    } catch (error) {
      end?.({ outcome: toVecheError(error).code });
      throw error;
    }
  }

  serve<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    handler: RequestHandler<S, Q, A>,
    values?: Partial<SubjectValues<S>>,
    { group = this.#service.role }: ServeOptions = {},
  ): Subscription {
    const subject = filterOf(contract, values);
    const endpoint = this.#micro.endpoint(subject, group);
    const listening = this.#listen(subject, group, (msg) => {
      const startedAt = performance.now();
      const arrived = { subject: msg.subject, text: msg.string(), trace: traceIn(msg.headers) };
      void this.#dispatch
        .answer(contract, handler, arrived)
        .then((answer) => this.#respond(msg, answer, endpoint, startedAt));
    });
    return {
      close: () => {
        endpoint.close();
        listening.close();
      },
    };
  }

  async record<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
    fact: FactHeaders,
  ): Promise<void> {
    const body = this.#checkSize(encodeBody(contract.message, message, true));
    const headers = { ...factHeaders(contract, fact), traceparent: traceparent() };
    await this.#storage.record(subjectOf(contract, values), body, fact.id, headers);
  }

  keepStream(contract: StreamContract): Promise<void> {
    return this.#storage.keepStream(contract);
  }

  replay(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact> {
    return this.#facts(stream, subjectFilter, "all");
  }

  latest(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact> {
    return this.#facts(stream, subjectFilter, "last-per-subject");
  }

  consumer(stream: StreamContract, options: ConsumerOptions): Promise<FactConsumer> {
    const inboxPrefix = inboxPrefixOf(this.#service.role);
    const { name } = stream;
    return NatsConsumer.open({
      link: this.#link,
      storage: this.#storage,
      stream: name,
      options,
      inboxPrefix,
      log: this.#log,
    });
  }

  removeConsumer(stream: StreamContract, name: string): Promise<void> {
    return removeConsumer(this.#storage, stream.name, name);
  }

  bucket<M extends DescMessage>(contract: BucketContract, schema: M): Promise<Bucket<M>> {
    const inboxPrefix = inboxPrefixOf(this.#service.role);
    const watched: readonly BucketContract[] = roles[this.#service.role].watches;
    const isOurs = !watched.some(({ name }) => name === contract.name);
    const [link, storage, log] = [this.#link, this.#storage, this.#log];
    return NatsBucket.open({ link, storage, contract, schema, inboxPrefix, isOurs, log });
  }

  async roundTripMs(): Promise<number> {
    if (!this.#link.isConnected) throw new VecheError("unavailable", "NATS is out of reach");
    // The client's own measure has whole milliseconds.
    const askedAt = performance.now();
    await this.#link.nc.rtt();
    return performance.now() - askedAt;
  }

  /** Resolves when the server knows every subscription and has every event said so far. */
  async flush(): Promise<void> {
    await this.#outbox.flush(busLimits.drainMs);
    await this.#link.attempt("flush", { limitMs: busLimits.drainMs }, () => this.#link.nc.flush());
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves the queue groups, lets handlers end, sends what is kept, and hangs up. */
  async #close(): Promise<void> {
    this.#micro.close();
    if (this.#link.isConnected) {
      await Promise.allSettled([...this.#open].map((subscription) => subscription.drain()));
      await this.#dispatch.settled(busLimits.drainMs);
      await this.#outbox.flush(busLimits.drainMs);
      await this.#link.nc.flush().catch(() => undefined);
    }
    this.#outbox.close();
    this.#storage.close();
    await this.#link.close();
  }

  /** Just after a server was lost or came back, those who serve may not have. Of another's loss we hear a moment late. */
  #mayStillServe(sinceAskedMs: number): boolean {
    const { settledMs, isClustered } = this.#link;
    return settledMs < busLimits.servingGraceMs || (isClustered && sinceAskedMs < busLimits.clusterNewsMs);
  }

  #listen(subject: string, queue: string | undefined, hear: (msg: Msg) => void): Subscription {
    const subscription = this.#link.nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, msg) => {
        if (error) this.#log.error({ err: error, subject }, "NATS refuses a subscription: nothing is heard on it");
        else hear(msg);
      },
    });
    this.#open.add(subscription);
    return {
      close: () => {
        if (!this.#open.delete(subscription)) return;
        subscription.unsubscribe();
      },
    };
  }

  #respond(msg: Msg, answer: Answer | undefined, endpoint: Endpoint, startedAt: number): void {
    if (!answer) return;
    const headers = newHeaders();
    const error = answer.ok ? sizeFault(answer.body, this.#bodyLimit) : answer.error;
    endpoint.done(startedAt, error?.message);
    if (this.#link.isClosed) return;
    if (answer.ok && !error) msg.respond(answer.body);
    else if (error) msg.respond(writeError(error, headers), { headers });
  }

  async *#facts(stream: StreamContract, filter: string, deliver: Reading["deliver"]): AsyncIterable<RecordedFact> {
    for await (const fact of this.#storage.read(stream, filter, deliver)) {
      const recorded = toFact(fact);
      if (recorded) yield recorded;
      else this.#log.error({ subject: fact.subject, sequence: fact.streamSequence }, "a stored fact is no JSON");
    }
  }

  #checkSize(body: string): string {
    const fault = sizeFault(body, this.#bodyLimit);
    if (fault) throw fault;
    return body;
  }

  get #bodyLimit(): number {
    return (this.#link.info?.max_payload ?? 1024 * 1024) - busLimits.headerBytes;
  }
}

function toFact({ subject, streamSequence, headers, text }: Delivered): RecordedFact | undefined {
  try {
    const id = headers?.get("Nats-Msg-Id") ?? "";
    return { subject, streamSequence, id, body: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function traceIn(headers: MsgHdrs | undefined): Readonly<Record<string, string>> {
  const parent = headers?.get("traceparent");
  if (!parent) return {};
  const state = headers?.get("tracestate");
  return state ? { traceparent: parent, tracestate: state } : { traceparent: parent };
}
