import type { FactConsumer, HeldFact } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { limits } from "../limits.ts";
import type { Source } from "./endpoint.ts";
import { pause } from "./pause.ts";

export type LaneGiven = {
  readonly source: Source;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves once something may be sent. */
  readonly untilOpen: (signal: AbortSignal) => Promise<void>;
  /** Rejects with `not-found` while there is no stream, or no such endpoint any more. */
  readonly open: (source: Source) => Promise<FactConsumer>;
  /** `askedMs`: when it was asked for. */
  readonly deliver: (held: HeldFact, source: Source, askedMs: number) => Promise<void>;
  /** A redelivery has come to its end. */
  readonly onFinished: (source: Source) => Promise<void>;
};

/** Takes facts of one source, one after the other, for as long as it is open. */
export class Lane implements AsyncDisposable {
  readonly source: Source;
  readonly #given: LaneGiven;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #consumer: FactConsumer | undefined;

  constructor(given: LaneGiven) {
    this.#given = given;
    this.source = given.source;
    this.#running = this.#run();
  }

  /** Facts that are still to be delivered; 0 while that is not known. */
  async waiting(): Promise<number> {
    return (await this.#consumer?.waiting().catch(() => 0)) ?? 0;
  }

  /** Takes nothing more, and waits for what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { clock, log, source } = this.#given;
    while (!signal.aborted) {
      try {
        if (await this.#turn(signal)) return;
      } catch (error) {
        this.#consumer = undefined;
        const isMissing = error instanceof VecheError && error.code === "not-found";
        // There is no such stream, or another process has come to the end of it.
        if (isMissing && source.redelivery && (await this.#finish())) return;
        if (!isMissing && !signal.aborted)
          log.warn({ err: error, consumer: source.consumer }, "a webhook waits for NATS");
        await pause(clock, limits.againMs, signal);
      }
    }
  }

  /** True when there is nothing more to come. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    const { untilOpen, open, deliver, source, clock } = this.#given;
    await untilOpen(signal);
    if (signal.aborted) return true;
    this.#consumer ??= await open(source);
    const askedMs = clock.now();
    const held = await this.#consumer.next(limits.pullMs, signal);
    if (signal.aborted) {
      held?.release();
      return true;
    }
    if (held && !this.#isOver(held)) {
      await deliver(held, source, askedMs);
      return false;
    }
    if (!source.redelivery || (!held && (await this.#consumer.waiting()) > 0)) return false;
    return this.#finish();
  }

  async #finish(): Promise<boolean> {
    try {
      await this.#given.onFinished(this.source);
      return true;
    } catch (error) {
      this.#given.log.debug({ err: error }, "the end of a redelivery is not written down yet");
      return false;
    }
  }

  #isOver({ storedAtMs }: HeldFact): boolean {
    const { redelivery } = this.source;
    return redelivery !== undefined && storedAtMs > redelivery.toMs;
  }
}
