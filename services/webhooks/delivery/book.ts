import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { BucketContract } from "@veche/proto/storage.ts";

type Listener<M extends DescMessage> = (key: string, value: MessageShape<M> | undefined) => void;

const attempts = 20;

/** A bucket that several processes change: what is in it now, and changes made on top of each other. */
export class Book<M extends DescMessage> implements Disposable {
  readonly #bucket: Bucket<M>;
  readonly #known = new Map<string, { readonly value: MessageShape<M> | undefined; readonly revision: number }>();
  readonly #listeners = new Set<Listener<M>>();
  #watching: Subscription | undefined;

  private constructor(bucket: Bucket<M>) {
    this.#bucket = bucket;
  }

  static async open<M extends DescMessage>(bus: Bus, contract: BucketContract, schema: M): Promise<Book<M>> {
    const book = new Book(await bus.bucket(contract, schema));
    book.#watching = await book.#bucket.watch(({ key, value, revision }) => book.#take(key, value, revision));
    return book;
  }

  get(key: string): MessageShape<M> | undefined {
    return this.#known.get(key)?.value;
  }

  get all(): readonly MessageShape<M>[] {
    return [...this.#known.values()].flatMap(({ value }) => (value ? [value] : []));
  }

  /** As the server has it, also where word of a change is still on its way. */
  async ask(key: string): Promise<MessageShape<M> | undefined> {
    return (await this.#bucket.get(key))?.value;
  }

  onChange(listener: Listener<M>): Subscription {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  /** Rejects with `already-exists`. */
  async create(key: string, value: MessageInitShape<M>): Promise<void> {
    await this.#bucket.create(key, value);
  }

  /**
   * Makes a change, again on top of another's where that was first. `change` is given what is there, and answers with
   * undefined where all is well as it is. Returns what is there then.
   */
  async change(
    key: string,
    change: (value: MessageShape<M> | undefined) => MessageInitShape<M> | undefined,
  ): Promise<MessageShape<M> | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stored = await this.#bucket.get(key);
      const next = change(stored?.value);
      if (next === undefined) return stored?.value;
      try {
        if (stored) await this.#bucket.update(key, next, stored.revision);
        else await this.#bucket.create(key, next);
        const entry = await this.#bucket.get(key);
        if (entry) this.#take(key, entry.value, entry.revision);
        return entry?.value;
      } catch (error) {
        const isOvertaken =
          error instanceof VecheError && (error.code === "failed-precondition" || error.code === "already-exists");
        if (!isOvertaken) throw error;
      }
    }
    throw new VecheError("unavailable", `${key}: it is being changed by others; try again`);
  }

  /** Nothing of it stays in the bucket. */
  remove(key: string): Promise<void> {
    return this.#bucket.purge(key);
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
    this.#listeners.clear();
  }

  #take(key: string, value: MessageShape<M> | undefined, revision: number): void {
    const known = this.#known.get(key)?.revision ?? 0;
    // What vanished while NATS was away is told with the revision that it had.
    if (revision < known || (revision === known && value !== undefined)) return;
    this.#known.set(key, { value, revision });
    for (const listener of [...this.#listeners]) listener(key, value);
  }
}
