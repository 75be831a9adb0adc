/** Finishes what was recorded, one recording at a time, behind everything that captures. What fails is tried again. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { RecorderEvents } from "../events.ts";
import type { Folder } from "./folder.ts";
import type { EndedRecording } from "./ports.ts";

const waits = { firstMs: 10_000, lastMs: 600_000 } as const;

export type FinisherGiven = {
  readonly clock: Clock;
  readonly events: RecorderEvents;
  readonly finish: (ended: EndedRecording) => Promise<void>;
};

type Waiting = { readonly folder: Folder; failures: number; notBeforeMs: number };

export class Finisher implements AsyncDisposable {
  readonly #given: FinisherGiven;
  readonly #waiting: Waiting[] = [];
  readonly #ending = new AbortController();
  #current: Waiting | undefined;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(given: FinisherGiven) {
    this.#given = given;
  }

  /** Twice the same is once. */
  add(folder: Folder): void {
    if (this.#ending.signal.aborted || this.has(folder.id)) return;
    this.#waiting.push({ folder, failures: 0, notBeforeMs: 0 });
    this.#next();
  }

  has(recording: string): boolean {
    return this.#all.some(({ folder }) => folder.id === recording);
  }

  get count(): number {
    return this.#all.length;
  }

  /** Of each that is not joined yet. */
  get bytes(): readonly number[] {
    return this.#all.map(({ folder }) => folder.stored.bytes);
  }

  /** Stops what is under way: it is done again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.#timer?.cancel();
    await this.#running;
  }

  get #all(): readonly Waiting[] {
    return this.#current ? [this.#current, ...this.#waiting] : this.#waiting;
  }

  #next(): void {
    if (this.#running || this.#ending.signal.aborted) return;
    const { clock } = this.#given;
    this.#timer?.cancel();
    const due = this.#waiting.find(({ notBeforeMs }) => notBeforeMs <= clock.now());
    if (!due) {
      const soonest = Math.min(...this.#waiting.map(({ notBeforeMs }) => notBeforeMs));
      if (this.#waiting.length > 0) this.#timer = clock.after(soonest - clock.now(), () => this.#next());
      return;
    }
    this.#waiting.splice(this.#waiting.indexOf(due), 1);
    this.#current = due;
    this.#running = this.#finish(due).then(() => {
      this.#current = undefined;
      this.#running = undefined;
      this.#next();
    });
  }

  async #finish(waiting: Waiting): Promise<void> {
    const { finish, events, clock } = this.#given;
    const { folder } = waiting;
    try {
      await finish(folder.ended(this.#ending.signal));
      // It may be gone: nothing was written, or it is kept elsewhere.
      await folder.finished().catch(() => {});
      events.finished(folder.id, folder.stored.seconds);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      waiting.failures += 1;
      const waitMs = Math.min(waits.lastMs, waits.firstMs * 2 ** (waiting.failures - 1));
      events.notFinished(folder.id, error, waitMs);
      waiting.notBeforeMs = clock.now() + waitMs;
      this.#waiting.push(waiting);
    }
  }
}
