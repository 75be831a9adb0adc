import { type BucketContract, type StreamContract, streams } from "@veche/proto/storage.ts";
import type { ConsumerOptions, RecordedFact, Subscription } from "./bus.ts";
import type { Clock } from "./clock.ts";
import type { Answer } from "./dispatch.ts";
import { VecheError } from "./errors.ts";
import { MemoryStore } from "./memory-bucket.ts";
import type { MemoryBus } from "./memory-bus.ts";
import { MemoryPlace } from "./memory-consumer.ts";
import { matchesFilter } from "./subject.ts";

type Heard = {
  readonly bus: MemoryBus;
  readonly filter: string;
  readonly hear: (subject: string, text: string) => void;
};
type Served = {
  readonly bus: MemoryBus;
  readonly group: string;
  readonly filter: string;
  readonly answer: (subject: string, text: string) => Promise<Answer | undefined>;
};
type Stored = {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAtMs: number;
};
export type MemoryFact = Omit<RecordedFact, "body"> & Stored & { readonly text: string };

/** What several MemoryBus share, so that the roles in one test hear each other; it can lose a bus, as a cable is cut. */
export class MemoryNetwork {
  readonly #members = new Map<MemoryBus, (isConnected: boolean) => void>();
  readonly #heard = new Set<Heard>();
  readonly #served = new Set<Served>();
  readonly #facts = new Map<string, MemoryFact[]>();
  readonly #stores = new Map<string, MemoryStore>();
  readonly #kept = new Map<string, StreamContract>();
  readonly #places = new Map<string, MemoryPlace>();
  #inFlight = 0;
  #turn = 0;

  join(bus: MemoryBus, onConnection: (isConnected: boolean) => void): void {
    this.#members.set(bus, onConnection);
  }

  leave(bus: MemoryBus): void {
    this.#members.delete(bus);
  }

  /** From now on the bus hears nothing, and keeps what it says until `reconnect`. */
  disconnect(bus: MemoryBus): void {
    this.#members.get(bus)?.(false);
  }

  reconnect(bus: MemoryBus): void {
    this.#members.get(bus)?.(true);
  }

  /** Resolves when no message is under way and what the last ones set off by promises alone has come to rest. */
  async idle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 2; quietTurns++) {
      const before = this.#inFlight;
      const turn = this.#turn;
      await new Promise((resolve) => setImmediate(resolve));
      if (before > 0 || this.#inFlight > 0 || this.#turn !== turn) quietTurns = -1;
    }
  }

  subscribe(bus: MemoryBus, filter: string, hear: Heard["hear"]): Subscription {
    const entry = { bus, filter, hear };
    this.#heard.add(entry);
    return { close: () => void this.#heard.delete(entry) };
  }

  serve(where: Omit<Served, "answer">, answer: Served["answer"]): Subscription {
    const entry = { ...where, answer };
    this.#served.add(entry);
    return { close: () => void this.#served.delete(entry) };
  }

  publish(subject: string, text: string, nowMs: number): void {
    this.#store(subject, text, { id: "", headers: {}, storedAtMs: nowMs });
    this.#deliver(() => {
      for (const entry of [...this.#heard]) {
        if (this.#heard.has(entry) && entry.bus.isConnected && matchesFilter(entry.filter, subject)) {
          entry.hear(subject, text);
        }
      }
    });
  }

  request(asker: MemoryBus, subject: string, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#deliver(() => {
        const served = this.#choose(subject);
        if (served.length === 0) return reject(new VecheError("unavailable", `${subject}: nobody serves it`));
        for (const entry of served) {
          void entry.answer(subject, text).then((answer) =>
            this.#deliver(() => {
              if (!answer || !asker.isConnected || !entry.bus.isConnected) return;
              if (answer.ok) resolve(answer.body);
              else reject(new VecheError(answer.error.code, answer.error.message));
            }),
          );
        }
      });
    });
  }

  record(subject: string, text: string, stored: Stored): void {
    if (!streamOf(subject)) throw new VecheError("unavailable", `${subject}: no stream keeps it`);
    if (!this.#store(subject, text, stored)) return;
    this.#deliver(() => {
      for (const entry of [...this.#heard]) {
        if (entry.bus.isConnected && matchesFilter(entry.filter, subject)) entry.hear(subject, text);
      }
    });
  }

  keepStream(contract: StreamContract): void {
    this.#kept.set(contract.name, contract);
  }

  /** As it was last asked to be kept. */
  kept(name: string): StreamContract | undefined {
    return this.#kept.get(name);
  }

  facts(stream: StreamContract, filter: string): readonly MemoryFact[] {
    return (this.#facts.get(stream.name) ?? []).filter(({ subject }) => matchesFilter(filter, subject));
  }

  /** The place of a consumer, kept as long as the network; a stream is there once something was said on it. */
  place(stream: StreamContract, options: ConsumerOptions): MemoryPlace {
    const name = placeName(stream, options.name);
    const known = this.#places.get(name);
    if (known) return known;
    const facts = this.#facts.get(stream.name);
    if (!facts) throw new VecheError("not-found", `stream ${stream.name}: there is none yet`);
    const place = new MemoryPlace(name, facts, options);
    this.#places.set(name, place);
    return place;
  }

  removePlace(stream: StreamContract, name: string): void {
    this.#places.get(placeName(stream, name))?.remove();
    this.#places.delete(placeName(stream, name));
  }

  bucket(contract: BucketContract, clock: Clock): MemoryStore {
    const store = this.#stores.get(contract.name) ?? new MemoryStore(contract, clock);
    this.#stores.set(contract.name, store);
    return store;
  }

  /** False for an id that its stream has. */
  #store(subject: string, text: string, stored: Stored): boolean {
    const stream = streamOf(subject);
    if (!stream) return true;
    const facts = this.#facts.get(stream.name) ?? [];
    this.#facts.set(stream.name, facts);
    if (stored.id !== "" && facts.some((fact) => fact.id === stored.id)) return false;
    facts.push({ subject, streamSequence: facts.length + 1, text, ...stored });
    this.#deliver(() => {
      for (const place of this.#places.values()) place.wake();
    });
    return true;
  }

  /** One of each queue group, in turn. */
  #choose(subject: string): readonly Served[] {
    const groups = new Map<string, Served[]>();
    for (const entry of this.#served) {
      if (!entry.bus.isConnected || !matchesFilter(entry.filter, subject)) continue;
      const group = groups.get(entry.group) ?? [];
      groups.set(entry.group, group);
      group.push(entry);
    }
    return [...groups.values()].map((group) => group[this.#turn % group.length] as Served);
  }

  #deliver(action: () => void): void {
    this.#inFlight++;
    queueMicrotask(() => {
      this.#inFlight--;
      this.#turn++;
      action();
    });
  }
}

function placeName(stream: StreamContract, name: string): string {
  return `${stream.name}/${name}`;
}

function streamOf(subject: string): StreamContract | undefined {
  return Object.values(streams).find((stream) => stream.subjects.some((filter) => matchesFilter(filter, subject)));
}
