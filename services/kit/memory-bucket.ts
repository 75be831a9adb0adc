import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { BucketContract } from "@veche/proto/storage.ts";
import { decodeBody, encodeBody } from "./body.ts";
import type { Bucket, BucketChange, BucketEntry, Subscription } from "./bus.ts";
import type { Clock, Timer } from "./clock.ts";
import { VecheError } from "./errors.ts";
import type { MemoryBus } from "./memory-bus.ts";
import { escapeToken } from "./subject.ts";

type Stored = { readonly key: string; readonly text: string; readonly revision: number; readonly at: number };
type Change = { readonly key: string; readonly text: string | undefined; readonly revision: number };

/** The content of one bucket, shared by every MemoryBus of a network. */
export class MemoryStore {
  readonly #contract: BucketContract;
  readonly #clock: Clock;
  readonly #values = new Map<string, Stored>();
  readonly #watchers = new Set<(change: Change) => void>();
  readonly #expiring = new Map<string, Timer>();
  #revision = 0;

  constructor(contract: BucketContract, clock: Clock) {
    this.#contract = contract;
    this.#clock = clock;
  }

  get(key: string): Stored | undefined {
    const found = this.#values.get(key);
    const { ttlMs } = this.#contract;
    return found && ttlMs > 0 && this.#clock.now() >= found.at + ttlMs ? undefined : found;
  }

  all(): readonly Stored[] {
    return [...this.#values.keys()].map((key) => this.get(key)).filter((stored) => stored !== undefined);
  }

  set(key: string, text: string): number {
    const revision = ++this.#revision;
    const stored = { key, text, revision, at: this.#clock.now() };
    this.#values.set(key, stored);
    this.#tell({ key, text, revision });
    this.#expireLater(stored);
    return revision;
  }

  delete(key: string): void {
    this.#expiring.get(key)?.cancel();
    this.#expiring.delete(key);
    if (!this.#values.delete(key)) return;
    this.#tell({ key, text: undefined, revision: ++this.#revision });
  }

  watch(watcher: (change: Change) => void): Subscription {
    this.#watchers.add(watcher);
    for (const stored of this.all()) this.#expireLater(stored);
    return {
      close: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size > 0) return;
        for (const timer of this.#expiring.values()) timer.cancel();
        this.#expiring.clear();
      },
    };
  }

  /** Only while somebody watches: reading sees the age by itself. */
  #expireLater(stored: Stored): void {
    const { ttlMs } = this.#contract;
    if (ttlMs === 0 || this.#watchers.size === 0) return;
    this.#expiring.get(stored.key)?.cancel();
    const timer = this.#clock.after(stored.at + ttlMs - this.#clock.now(), () => this.delete(stored.key));
    this.#expiring.set(stored.key, timer);
  }

  #tell(change: Change): void {
    for (const watcher of [...this.#watchers]) queueMicrotask(() => this.#watchers.has(watcher) && watcher(change));
  }
}

export class MemoryBucket<M extends DescMessage> implements Bucket<M> {
  readonly #bus: MemoryBus;
  readonly #store: MemoryStore;
  readonly #schema: M;

  constructor(bus: MemoryBus, store: MemoryStore, schema: M) {
    this.#bus = bus;
    this.#store = store;
    this.#schema = schema;
  }

  get(key: string): Promise<BucketEntry<M> | undefined> {
    return this.#do(key, () => {
      const stored = this.#store.get(key);
      return stored && this.#read(stored);
    });
  }

  put(key: string, value: MessageInitShape<M>): Promise<number> {
    const text = encodeBody(this.#schema, value);
    return this.#do(key, () => this.#store.set(key, text));
  }

  create(key: string, value: MessageInitShape<M>): Promise<number> {
    const text = encodeBody(this.#schema, value);
    return this.#do(key, () => {
      if (this.#store.get(key)) throw new VecheError("already-exists", `key "${key}" has a value`);
      return this.#store.set(key, text);
    });
  }

  update(key: string, value: MessageInitShape<M>, revision: number): Promise<number> {
    const text = encodeBody(this.#schema, value);
    return this.#do(key, () => {
      this.#expect(key, revision);
      return this.#store.set(key, text);
    });
  }

  delete(key: string, revision?: number): Promise<void> {
    return this.#do(key, () => {
      if (revision !== undefined) this.#expect(key, revision);
      this.#store.delete(key);
    });
  }

  /** There is no history here. */
  purge(key: string): Promise<void> {
    return this.delete(key);
  }

  async *entries(): AsyncIterable<BucketEntry<M>> {
    const all = await this.#bus.online(() => this.#store.all());
    for (const stored of all) yield this.#read(stored);
  }

  async watch(listener: (entry: BucketChange<M>) => void): Promise<Subscription> {
    const known = new Set<string>();
    const hear = (change: Change) => {
      if (!this.#bus.isConnected) return;
      if (change.text === undefined) known.delete(change.key);
      else known.add(change.key);
      listener(this.#change(change));
    };
    const tellAll = () => {
      const present = this.#store.all();
      const gone = [...known].filter((key) => !present.some((stored) => stored.key === key));
      for (const key of gone) hear({ key, text: undefined, revision: 0 });
      for (const stored of present) hear(stored);
    };
    await this.#bus.online(() => undefined);
    tellAll();
    const watching = this.#store.watch(hear);
    const reconnecting = this.#bus.onConnection((isConnected) => isConnected && tellAll());
    return {
      close: () => {
        watching.close();
        reconnecting.close();
      },
    };
  }

  #expect(key: string, revision: number): void {
    const found = this.#store.get(key)?.revision ?? 0;
    if (found === revision) return;
    throw new VecheError("failed-precondition", `key "${key}": expected revision ${revision}, found ${found}`);
  }

  async #do<T>(key: string, action: () => T): Promise<T> {
    escapeToken(key);
    return this.#bus.online(action);
  }

  #read({ key, text, revision }: Stored): BucketEntry<M> {
    return { key, value: decodeBody(this.#schema, text), revision };
  }

  #change({ key, text, revision }: Change): BucketChange<M> {
    return { key, value: text === undefined ? undefined : decodeBody(this.#schema, text), revision };
  }
}
