import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { EventContract, RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import type { BucketContract, StreamContract } from "@veche/proto/storage.ts";

/**
 * How the roles talk. Two implementations behave alike and pass one suite: `NatsBus` (nats-bus.ts) and `MemoryBus`
 * (memory-bus.ts).
 */
export interface Bus extends AsyncDisposable {
  /** False while the server is out of reach; publishing is then kept and sent when it is back. */
  readonly isConnected: boolean;

  /** Called at each change of `isConnected`. */
  onConnection(listener: (isConnected: boolean) => void): Subscription;

  /** Says an event. Never waits, never throws for a lost connection. */
  publish<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
  ): void;

  /**
   * Hears an event. Values left out match anything. Handlers are called in the order of arrival, each at once; a promise
   * that one returns is not waited for, only watched: a failure is logged and counted and the subscription goes on.
   */
  subscribe<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    handler: EventHandler<S, M>,
    values?: Partial<SubjectValues<S>>,
  ): Subscription;

  /** Asks. Rejects with VecheError: `unavailable` when nobody serves it, `deadline-exceeded` after `timeoutMs` (2,000). */
  request<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    values: SubjectValues<S>,
    message: MessageInitShape<Q>,
    options?: RequestOptions,
  ): Promise<MessageShape<A>>;

  /**
   * Answers, one of each queue group. Values left out match anything. What the handler throws reaches the asker as the
   * same VecheError; anything else arrives as `internal` and is logged here.
   */
  serve<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    handler: RequestHandler<S, Q, A>,
    values?: Partial<SubjectValues<S>>,
    options?: ServeOptions,
  ): Subscription;

  /**
   * Says a public fact and waits until its stream has it. `id` becomes `Nats-Msg-Id`; a repeated id is stored once.
   * The CloudEvents attributes go into the headers. Rejects with `unavailable` or `deadline-exceeded`; repeat it then.
   */
  record<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    values: SubjectValues<S>,
    message: MessageInitShape<M>,
    fact: FactHeaders,
  ): Promise<void>;

  /**
   * Makes a stream, or changes the one that is there, and keeps to `contract` from then on: for streams whose age is the
   * operator's to say. Others are made at the first fact, as proto/storage.ts has them.
   */
  keepStream(contract: StreamContract): Promise<void>;

  /** Facts already in a stream that match, oldest first; ends at what was newest when it was called. */
  replay(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact>;

  /** The newest fact of each subject that matches. */
  latest(stream: StreamContract, subjectFilter: string): AsyncIterable<RecordedFact>;

  /**
   * A place in a stream that the server keeps under a name; made where it is missing, found again by whoever knows the
   * name. Rejects with `not-found` while the stream is not there: a consumer makes none.
   */
  consumer(stream: StreamContract, options: ConsumerOptions): Promise<FactConsumer>;

  /** To the server and back, measured now. Rejects with `unavailable` where it is out of reach. */
  roundTripMs(): Promise<number>;

  /** The server forgets the place; nothing happens where there is none. */
  removeConsumer(stream: StreamContract, name: string): Promise<void>;

  /** Opens a bucket, creating it where it is missing. */
  bucket<M extends DescMessage>(contract: BucketContract, schema: M): Promise<Bucket<M>>;
}

export type Subscription = { close(): void };

export type EventHandler<S extends string, M extends DescMessage> = (
  message: MessageShape<M>,
  values: SubjectValues<S>,
) => void | Promise<void>;

export type RequestHandler<S extends string, Q extends DescMessage, A extends DescMessage> = (
  message: MessageShape<Q>,
  values: SubjectValues<S>,
) => MessageInitShape<A> | Promise<MessageInitShape<A>>;

export type RequestOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal };

/** `group`: the queue group; that of the role unless given. */
export type ServeOptions = { readonly group?: string };

export type FactHeaders = {
  readonly id: string;
  /** "veche.conference.v1.ParticipantJoined" is taken from the contract; this is who says it: "/focus/<instance>". */
  readonly source: string;
  /** RFC 3339. */
  readonly time: string;
};

export type RecordedFact = {
  readonly subject: string;
  readonly streamSequence: number;
  readonly id: string;
  /** The body as JSON. Read it with the schema of its subject. */
  readonly body: unknown;
};

export type ConsumerOptions = {
  readonly name: string;
  /** Subjects that are wanted; nothing else is given out. */
  readonly filters: readonly string[];
  /** Begins with what was stored then; milliseconds since the epoch. */
  readonly startMs: number;
  /** What is neither acknowledged nor released by then is given out again. */
  readonly ackWaitMs: number;
};

export interface FactConsumer {
  /**
   * The next fact, or undefined when none came in time. Of all who ask, one gets it; there is no next one before it was
   * acknowledged, so order holds whoever asks. Rejects with `not-found` where the consumer was removed.
   */
  next(waitMs: number, signal?: AbortSignal): Promise<HeldFact | undefined>;
  /**
   * Facts that are not acknowledged yet. A server before 2.10 takes one filter alone: with several, others between them
   * are counted too.
   */
  waiting(): Promise<number>;
}

/** A fact in the hands of one who asked for it. */
export type HeldFact = RecordedFact & {
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAtMs: number;
  /** 1 for the first time. */
  readonly deliveries: number;
  ack(): void;
  /** Gives it back: it is the next one again, at once. */
  release(): void;
  /** The time to acknowledge it begins anew. */
  working(): void;
};

export interface Bucket<M extends DescMessage> {
  get(key: string): Promise<BucketEntry<M> | undefined>;
  /** Returns the revision. */
  put(key: string, value: MessageInitShape<M>): Promise<number>;
  /** Rejects with `already-exists` where the key has a value. Returns the revision. */
  create(key: string, value: MessageInitShape<M>): Promise<number>;
  /** Rejects with `failed-precondition` where the key's revision is another. Returns the new one. */
  update(key: string, value: MessageInitShape<M>, revision: number): Promise<number>;
  /** With a revision: rejects with `failed-precondition` where the key's is another. */
  delete(key: string, revision?: number): Promise<void>;
  /** As `delete`; what the key held before is gone from the bucket's history too. */
  purge(key: string): Promise<void>;
  entries(): AsyncIterable<BucketEntry<M>>;
  /**
   * Every present value, then what changes; `value` is undefined where the key was removed. Of changes of one key in
   * quick succession only the last may be told, as many as the bucket's history has.
   */
  watch(listener: (entry: BucketChange<M>) => void): Promise<Subscription>;
}

export type BucketEntry<M extends DescMessage> = {
  readonly key: string;
  readonly value: MessageShape<M>;
  readonly revision: number;
};

export type BucketChange<M extends DescMessage> = {
  readonly key: string;
  readonly value: MessageShape<M> | undefined;
  readonly revision: number;
};
