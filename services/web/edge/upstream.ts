import { Agent } from "node:http";
import { connect } from "node:net";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";

const retryMs = 50;
const probeMs = 5_000;
const probeTimeoutMs = 2_000;

export type UpstreamOptions = {
  readonly name: string;
  readonly origin: string;
  readonly clock: Clock;
  /** From the beginning of an outage, how long requests wait for its end. */
  readonly waitMs: number;
  readonly onProblem?: (problem: string | undefined) => void;
  /** Its answers are read at the reader's pace: a film that is paused. Once one has begun, silence is no fault. */
  readonly isReadSlowly?: boolean;
  /** How many requests are being reached for. */
  readonly onHeld?: (count: number) => void;
};

/**
 * A role that requests are passed on to. A role that dies is back within a second: a request that finds nobody listening
 * is held and tried again for the first seconds of an outage, so that clients don't fall into their long pauses between
 * tries. After that it is refused at once.
 */
export class Upstream implements Disposable {
  readonly name: string;
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly isReadSlowly: boolean;
  readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #onProblem: (problem: string | undefined) => void;
  readonly #onHeld: (count: number) => void;
  #awaySince: number | undefined;
  #held = 0;
  #isDisposed = false;
  #probe: Timer | undefined;

  constructor({ name, origin, clock, waitMs, isReadSlowly, onProblem, onHeld }: UpstreamOptions) {
    const url = new URL(origin);
    this.name = name;
    this.origin = url.origin;
    this.host = url.hostname.replace(/^\[|\]$/g, "");
    this.port = url.port === "" ? 80 : Number(url.port);
    this.isReadSlowly = isReadSlowly ?? false;
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#onProblem = onProblem ?? (() => {});
    this.#onHeld = onHeld ?? (() => {});
  }

  get isAway(): boolean {
    return this.#awaySince !== undefined;
  }

  get held(): number {
    return this.#held;
  }

  /** `attempt` is run again only where it rejects because nobody listens: then nothing has been sent. */
  async reach<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#hold(1);
    try {
      for (;;) {
        try {
          const reached = await attempt();
          this.#setAway(false);
          return reached;
        } catch (error) {
          if (!isUnreached(error)) throw error;
          this.#setAway(true);
          if (this.#clock.now() - (this.#awaySince ?? 0) >= this.#waitMs) {
            throw new VecheError("unavailable", `${this.name}: nobody listens`, { cause: error });
          }
          await pause(this.#clock, retryMs, signal);
        }
      }
    } finally {
      this.#hold(-1);
    }
  }

  #hold(change: number): void {
    this.#held += change;
    this.#onHeld(this.#held);
  }

  /** Looks from time to time whether the role listens, so that health tells it and an old outage is not held against it. */
  watch(): void {
    const look = () => {
      const socket = connect({ host: this.host, port: this.port, timeout: probeTimeoutMs });
      socket.once("connect", () => {
        this.#setAway(false);
        socket.destroy();
      });
      socket.once("timeout", () => socket.destroy(new Error("timeout")));
      socket.once("error", () => this.#setAway(true));
      socket.unref();
    };
    look();
    this.#probe = this.#clock.every(probeMs, look);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#probe?.cancel();
    this.agent.destroy();
  }

  #setAway(isAway: boolean): void {
    if (isAway === this.isAway || this.#isDisposed) return;
    this.#awaySince = isAway ? this.#clock.now() : undefined;
    this.#onProblem(isAway ? `nobody listens at ${this.origin}` : undefined);
  }
}

const unreachedCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENOENT",
]);

function isUnreached(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnreached);
  return error instanceof Error && "code" in error && unreachedCodes.has(String(error.code));
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
