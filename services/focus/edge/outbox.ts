import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { filterOf } from "@veche/kit/subject.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Fact } from "../domain/facts.ts";
import { type FactSubject, factContracts, formatTime, toFactMessage } from "./facts.ts";

const retryMs = { first: 100, last: 1_000 } as const;
/** Within this the server knows a repeated id by itself. */
const recognisedMs = streams.conference.duplicateWindowMs / 2;

type SessionContract = EventContract<"conference.v1.{tenant}.{room}.{session}.session.started", DescMessage>;

export type OutboxEdges = {
  readonly bus: Bus;
  readonly clock: Clock;
  /** "/focus/<instance>" */
  readonly source: string;
  /** Looks whether the room is still ours, where that is in doubt: a process that slept must not speak for it. */
  readonly confirmOwnership: () => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
};

/**
 * The facts of one sitting on their way into the stream: strictly one after the other, each repeated with the same id
 * for as long as it takes. Nobody waits for it.
 */
export class Outbox {
  readonly #subject: FactSubject;
  readonly #edges: OutboxEdges;
  readonly #waiting: Fact[] = [];
  readonly #drains: (() => void)[] = [];
  #isRunning = false;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(subject: FactSubject, edges: OutboxEdges) {
    this.#subject = subject;
    this.#edges = edges;
  }

  get session(): string {
    return this.#subject.session;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(fact: Fact): void {
    if (this.#isClosed) return;
    this.#waiting.push(fact);
    if (!this.#isRunning) void this.#run();
  }

  /** Tries again now: the connection is back. */
  poke(): void {
    this.#wake?.();
  }

  /** Resolves when everything said so far is stored, or when the outbox was closed. */
  drained(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push(resolve));
  }

  /** Forgets what is waiting: the room is somebody else's now. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let fact = this.#waiting[0]; fact !== undefined; fact = this.#waiting[0]) {
      const isStored = await this.#store(fact);
      if (isStored && this.#waiting[0] === fact) this.#waiting.shift();
    }
    this.#isRunning = false;
    for (const resolve of this.#drains.splice(0)) resolve();
  }

  /** Stores the fact, however long it takes; false when the outbox was closed meanwhile. */
  async #store(fact: Fact): Promise<boolean> {
    const { clock } = this.#edges;
    const beganMs = clock.now();
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      try {
        await this.#edges.confirmOwnership();
        if (this.#isClosed) return false;
        const isOld = attempt > 0 && clock.now() - beganMs > recognisedMs;
        if (!isOld || !(await this.#isThere(fact))) await this.#record(fact);
        return true;
      } catch (error) {
        this.#edges.onTrouble(error);
        await this.#pause(Math.min(retryMs.last, retryMs.first * 2 ** attempt));
      }
    }
    return false;
  }

  #record(fact: Fact): Promise<void> {
    const contract = factContracts[fact.name] as unknown as SessionContract;
    const message = toFactMessage(fact, this.#subject) as MessageInitShape<DescMessage>;
    return this.#edges.bus.record(contract, this.#subject, message, {
      id: factId(this.#subject.session, fact.seq),
      source: this.#edges.source,
      time: formatTime(fact.timeMs),
    });
  }

  /** After a long silence the server no longer recognises the id: look whether an unanswered attempt had arrived. */
  async #isThere(fact: Fact): Promise<boolean> {
    const contract = factContracts[fact.name] as unknown as SessionContract;
    const id = factId(this.#subject.session, fact.seq);
    for await (const stored of this.#edges.bus.latest(streams.conference, filterOf(contract, this.#subject))) {
      if (stored.id === id) return true;
    }
    return false;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const end = () => {
        timer?.cancel();
        this.#wake = undefined;
        resolve();
      };
      timer = this.#edges.clock.after(ms, end);
      this.#wake = end;
    });
  }
}

/** Stable: a fact that is sent again has the id it had. */
export function factId(session: string, seq: number): string {
  return `${session}-${seq}`;
}
