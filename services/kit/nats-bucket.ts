import { randomUUID } from "node:crypto";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type KV, Kvm } from "@nats-io/kv";
import type { BucketContract } from "@veche/proto/storage.ts";
import { decodeBody, encodeBody } from "./body.ts";
import type { Bucket, BucketChange, BucketEntry, Subscription } from "./bus.ts";
import { busLimits } from "./bus-limits.ts";
import { VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { ageOf } from "./nats-clock.ts";
import { hasApiCode } from "./nats-errors.ts";
import type { NatsLink } from "./nats-link.ts";
import { type Beginning, type Delivered, StreamReader } from "./nats-reader.ts";
import type { NatsStorage } from "./nats-storage.ts";
import { escapeToken, unescapeToken } from "./subject.ts";

const operationHeader = "KV-Operation";

/**
 * What a bucket holds, for who may only read it: nothing where nobody has made the bucket yet. What can't be read, and
 * what is older than the bucket's time, is left out.
 */
export async function valuesIn<M extends DescMessage>(
  storage: NatsStorage,
  contract: BucketContract,
  schema: M,
): Promise<readonly { readonly key: string; readonly value: MessageShape<M> }[]> {
  const { name, ttlMs } = contract;
  const values: { readonly key: string; readonly value: MessageShape<M> }[] = [];
  const reading = storage.readStream(`KV_${name}`, `$KV.${name}.>`, "last-per-subject");
  try {
    for await (const { subject, headers, text, storedAtMs } of reading) {
      const key = unescapeToken(subject.slice(`$KV.${name}.`.length));
      if (key === undefined || headers?.get(operationHeader)) continue;
      if (ttlMs > 0 && Date.now() - storedAtMs > ttlMs) continue;
      const value = readable(schema, text);
      if (value) values.push({ key, value });
    }
  } catch (error) {
    if (!(error instanceof VecheError && hasApiCode(error.cause, "streamNotFound"))) throw error;
  }
  return values;
}

function readable<M extends DescMessage>(schema: M, text: string): MessageShape<M> | undefined {
  try {
    return decodeBody(schema, text);
  } catch {
    return undefined;
  }
}

type Known = { readonly revision: number; readonly timer: NodeJS.Timeout | undefined };

/** A key-value bucket of JetStream. A write that is repeated because its answer was lost counts once. */
export class NatsBucket<M extends DescMessage> implements Bucket<M> {
  readonly #kv: KV;
  readonly #link: NatsLink;
  readonly #storage: NatsStorage;
  readonly #contract: BucketContract;
  readonly #schema: M;
  readonly #inboxPrefix: string;
  readonly #log: Log;

  private constructor(kv: KV, given: OpenBucket<M>) {
    this.#kv = kv;
    this.#link = given.link;
    this.#storage = given.storage;
    this.#contract = given.contract;
    this.#schema = given.schema;
    this.#inboxPrefix = given.inboxPrefix;
    this.#log = given.log;
  }

  static async open<M extends DescMessage>(given: OpenBucket<M>): Promise<NatsBucket<M>> {
    const { storage, contract } = given;
    await storage.ensureBucket(contract, given.isOurs);
    // Read from the leader: any other server of a cluster may be behind, and say what was.
    return new NatsBucket(await new Kvm(storage.js).open(contract.name, { allow_direct: false }), given);
  }

  async get(key: string): Promise<BucketEntry<M> | undefined> {
    const token = escapeToken(key);
    const entry = await this.#storage.attempt(this.#name(key), () => this.#kv.get(token));
    if (entry?.operation !== "PUT") return undefined;
    return { key, value: decodeBody(this.#schema, entry.string()), revision: entry.revision };
  }

  async put(key: string, value: MessageInitShape<M>): Promise<number> {
    return this.#store(key, encodeBody(this.#schema, value));
  }

  async create(key: string, value: MessageInitShape<M>): Promise<number> {
    const body = encodeBody(this.#schema, value);
    try {
      return await this.#store(key, body, 0);
    } catch (error) {
      if (!isWrongRevision(error)) throw error;
      const last = await this.#storage.attempt(this.#name(key), () => this.#kv.get(escapeToken(key)));
      if (last?.operation === "PUT") throw new VecheError("already-exists", `${this.#name(key)} has a value`);
      return await this.#store(key, body, last?.revision ?? 0).catch((again: unknown) => {
        throw isWrongRevision(again) ? new VecheError("already-exists", `${this.#name(key)} has a value`) : again;
      });
    }
  }

  async update(key: string, value: MessageInitShape<M>, revision: number): Promise<number> {
    const body = encodeBody(this.#schema, value);
    return this.#expecting(key, revision, () => this.#store(key, body, revision));
  }

  async delete(key: string, revision?: number): Promise<void> {
    const headers = { [operationHeader]: "DEL" };
    const remove = () => this.#storage.store(this.#subject(key), "", randomUUID(), headers, revision);
    await (revision === undefined ? remove() : this.#expecting(key, revision, remove));
  }

  async purge(key: string): Promise<void> {
    const headers = { [operationHeader]: "PURGE", "Nats-Rollup": "sub" };
    await this.#storage.store(this.#subject(key), "", randomUUID(), headers);
  }

  async *entries(): AsyncIterable<BucketEntry<M>> {
    const { name } = this.#contract;
    for await (const message of this.#storage.readStream(`KV_${name}`, `$KV.${name}.>`, "last-per-subject")) {
      const change = this.#read(message);
      if (change?.value !== undefined) yield { ...change, value: change.value };
    }
  }

  async watch(listener: (entry: BucketChange<M>) => void): Promise<Subscription> {
    const { name, ttlMs } = this.#contract;
    const tell = (change: BucketChange<M>) => {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ err: error, bucket: name }, "a watcher failed");
      }
    };
    const watching = new Watching(ttlMs, tell);
    const caughtUp = Promise.withResolvers<void>();
    const reading = { stream: `KV_${name}`, filter: `$KV.${name}.>`, deliver: "last-per-subject" } as const;
    const hearing = {
      began: ({ serverNowMs }: Beginning) => watching.begin(serverNowMs),
      message: (message: Delivered) => {
        const change = this.#read(message);
        if (change) watching.hear(change, message.storedAtMs);
      },
      caughtUp: () => {
        watching.end();
        caughtUp.resolve();
      },
    };
    const reader = new StreamReader(this.#link, this.#storage.jsm, this.#inboxPrefix, reading, hearing, this.#log);
    const close = () => {
      reader.close();
      watching.close();
    };
    try {
      await reader.start();
      await this.#storage.attempt(`bucket ${name}`, () => caughtUp.promise);
    } catch (error) {
      close();
      throw error;
    }
    return { close };
  }

  async #expecting<T>(key: string, revision: number, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isWrongRevision(error)) throw error;
      const message = `${this.#name(key)}: expected revision ${revision}, found another`;
      throw new VecheError("failed-precondition", message, { cause: error });
    }
  }

  async #store(key: string, body: string, expectedRevision?: number): Promise<number> {
    if (Buffer.byteLength(body) > busLimits.bodyBytes) {
      throw new VecheError("resource-exhausted", `${this.#name(key)}: a value is ≤ ${busLimits.bodyBytes} bytes`);
    }
    return this.#storage.store(this.#subject(key), body, randomUUID(), {}, expectedRevision);
  }

  #read({ subject, text, headers, streamSequence }: Delivered): BucketChange<M> | undefined {
    const key = unescapeToken(subject.slice(`$KV.${this.#contract.name}.`.length));
    if (key === undefined) return undefined;
    if (headers?.has(operationHeader)) return { key, value: undefined, revision: streamSequence };
    try {
      return { key, value: decodeBody(this.#schema, text), revision: streamSequence };
    } catch (error) {
      this.#log.error({ err: error, bucket: this.#contract.name, key }, "a value could not be read");
      return undefined;
    }
  }

  #subject(key: string): string {
    return `$KV.${this.#contract.name}.${escapeToken(key)}`;
  }

  #name(key: string): string {
    return `bucket ${this.#contract.name}, key "${key}"`;
  }
}

type OpenBucket<M extends DescMessage> = {
  readonly link: NatsLink;
  readonly storage: NatsStorage;
  readonly contract: BucketContract;
  readonly schema: M;
  readonly inboxPrefix: string;
  /** This role may change how the bucket is kept. */
  readonly isOurs: boolean;
  readonly log: Log;
};

/**
 * What a watcher was told: after a lost connection what is there is told again, and what vanished meanwhile is told as
 * removed. A value that outlives its time is removed too, which the server does without a word.
 */
class Watching<M extends DescMessage> {
  readonly #ttlMs: number;
  readonly #tell: (change: BucketChange<M>) => void;
  readonly #known = new Map<string, Known>();
  #missing: Set<string> | undefined;
  #serverNowMs = 0;

  constructor(ttlMs: number, tell: (change: BucketChange<M>) => void) {
    this.#ttlMs = ttlMs;
    this.#tell = tell;
  }

  begin(serverNowMs: number): void {
    this.#serverNowMs = serverNowMs;
    this.#missing = new Set(this.#known.keys());
  }

  hear(change: BucketChange<M>, storedAtMs: number): void {
    const { key, revision } = change;
    const isInitial = this.#missing !== undefined;
    this.#missing?.delete(key);
    const wasKnown = this.#forget(key);
    if (change.value !== undefined) this.#known.set(key, { revision, timer: this.#expiry(key, storedAtMs, isInitial) });
    if (change.value !== undefined || wasKnown || !isInitial) this.#tell(change);
  }

  end(): void {
    const gone = [...(this.#missing ?? [])];
    this.#missing = undefined;
    for (const key of gone) this.#expire(key);
  }

  close(): void {
    for (const { timer } of this.#known.values()) clearTimeout(timer);
    this.#known.clear();
  }

  /**
   * A value that comes now counts from now; one that was there may have most of its life behind it. This host's clock is not
   * asked: it may be wrong.
   */
  #expiry(key: string, storedAtMs: number, isInitial: boolean): NodeJS.Timeout | undefined {
    if (this.#ttlMs === 0) return undefined;
    const ageMs = isInitial ? ageOf(storedAtMs, this.#serverNowMs, this.#ttlMs) : 0;
    return setTimeout(() => this.#expire(key), Math.min(this.#ttlMs - ageMs, 2 ** 31 - 1));
  }

  #expire(key: string): void {
    const revision = this.#known.get(key)?.revision ?? 0;
    if (this.#forget(key)) this.#tell({ key, value: undefined, revision });
  }

  #forget(key: string): boolean {
    clearTimeout(this.#known.get(key)?.timer);
    return this.#known.delete(key);
  }
}

function isWrongRevision(error: unknown): boolean {
  return (
    hasApiCode(error, "wrongLastSequence") ||
    (error instanceof VecheError && hasApiCode(error.cause, "wrongLastSequence"))
  );
}
