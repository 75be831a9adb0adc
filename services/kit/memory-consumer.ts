import type { ConsumerOptions, FactConsumer, HeldFact } from "./bus.ts";
import { VecheError } from "./errors.ts";
import type { MemoryBus } from "./memory-bus.ts";
import type { MemoryFact } from "./memory-network.ts";
import { matchesFilter } from "./subject.ts";

type Held = { readonly fact: MemoryFact; readonly token: symbol; untilMs: number };

/** What the server keeps of a consumer: how far it is, and the one fact that somebody holds. */
export class MemoryPlace {
  readonly name: string;
  isRemoved = false;
  readonly #facts: readonly MemoryFact[];
  readonly #options: ConsumerOptions;
  readonly #wakes = new Set<() => void>();
  readonly #deliveries = new Map<number, number>();
  #position = 0;
  #held: Held | undefined;

  constructor(name: string, facts: readonly MemoryFact[], options: ConsumerOptions) {
    this.name = name;
    this.#facts = facts;
    this.#options = options;
  }

  remove(): void {
    this.isRemoved = true;
    this.wake();
  }

  get ackWaitMs(): number {
    return this.#options.ackWaitMs;
  }

  get heldUntilMs(): number | undefined {
    return this.#held?.untilMs;
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => void this.#wakes.delete(wake);
  }

  waiting(): readonly MemoryFact[] {
    const { filters, startMs } = this.#options;
    return this.#facts.filter(
      ({ streamSequence, storedAtMs, subject }) =>
        streamSequence > this.#position &&
        storedAtMs >= startMs &&
        filters.some((filter) => matchesFilter(filter, subject)),
    );
  }

  take(nowMs: number): HeldFact | undefined {
    if (this.#held && this.#held.untilMs > nowMs) return undefined;
    const fact = this.waiting()[0];
    if (!fact) return undefined;
    const deliveries = (this.#deliveries.get(fact.streamSequence) ?? 0) + 1;
    this.#deliveries.set(fact.streamSequence, deliveries);
    const token = Symbol();
    this.#held = { fact, token, untilMs: nowMs + this.ackWaitMs };
    const { text, ...rest } = fact;
    return {
      ...rest,
      body: JSON.parse(text) as unknown,
      deliveries,
      ack: () => {
        // Also by one who held it before: it is done either way.
        if (this.#position < fact.streamSequence) this.#position = fact.streamSequence;
        if (this.#held?.fact === fact) this.#held = undefined;
        this.wake();
      },
      release: () => {
        if (this.#held?.token === token) this.#held = undefined;
        this.wake();
      },
      working: () => {
        if (this.#held?.token === token) this.#held.untilMs = nowMs + this.ackWaitMs;
      },
    };
  }
}

/** A consumer without a server. */
export class MemoryConsumer implements FactConsumer {
  readonly #bus: MemoryBus;
  readonly #place: MemoryPlace;

  constructor(bus: MemoryBus, place: MemoryPlace) {
    this.#bus = bus;
    this.#place = place;
  }

  async next(waitMs: number, signal?: AbortSignal): Promise<HeldFact | undefined> {
    const { clock } = this.#bus;
    const deadline = clock.now() + waitMs;
    for (;;) {
      const held = await this.#bus.online(() => this.#take());
      if (held) return held;
      const untilMs = Math.min(deadline, this.#place.heldUntilMs ?? deadline);
      if (clock.now() >= deadline || signal?.aborted) return undefined;
      await this.#wait(Math.max(1, untilMs - clock.now()), signal);
    }
  }

  waiting(): Promise<number> {
    return this.#bus.online(() => {
      if (this.#place.isRemoved) throw this.#gone();
      return this.#place.waiting().length;
    });
  }

  #take(): HeldFact | undefined {
    if (this.#place.isRemoved) throw this.#gone();
    return this.#place.take(this.#bus.clock.now());
  }

  #gone(): VecheError {
    return new VecheError("not-found", `consumer ${this.#place.name}: it was removed`);
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        asleep();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = this.#bus.clock.after(ms, end);
      const asleep = this.#place.onWake(end);
      signal?.addEventListener("abort", end);
    });
  }
}
