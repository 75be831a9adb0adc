import { Agent } from "node:http";
import { type RequestOptions, Agent as SecureAgent } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { isDistrust, type PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { needsTls, type PrivateTarget, readTarget, requestTo } from "@veche/kit/private-tls/target.ts";
import type { RoleName } from "@veche/proto/roles.ts";

const retryMs = 50;
const probeMs = 5_000;
/** While it is away: roles are started together, and who is up is not to be told as missing for long. */
export const probeAwayMs = 500;
const probeTimeoutMs = 2_000;

export type UpstreamOptions = {
  readonly name: string;
  /** What its certificate has to say it is. */
  readonly role: RoleName;
  /** Where the origin is https. */
  readonly tls: PrivateTls | undefined;
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
  readonly isReadSlowly: boolean;
  readonly #role: RoleName;
  readonly #tls: PrivateTls | undefined;
  readonly #target: PrivateTarget;
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #onProblem: (problem: string | undefined) => void;
  readonly #onHeld: (count: number) => void;
  #awaySince: number | undefined;
  #problem: string | undefined;
  #held = 0;
  #isDisposed = false;
  #probe: Timer | undefined;

  constructor({ name, role, tls, origin, clock, waitMs, isReadSlowly, onProblem, onHeld }: UpstreamOptions) {
    this.name = name;
    this.origin = new URL(origin).origin;
    this.#role = role;
    this.#tls = tls;
    this.#target = readTarget(origin);
    const kept = { keepAlive: true, maxFreeSockets: 256 };
    this.#agent = this.isSecure ? new SecureAgent(kept) : new Agent(kept);
    this.isReadSlowly = isReadSlowly ?? false;
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#onProblem = onProblem ?? (() => {});
    this.#onHeld = onHeld ?? (() => {});
  }

  get isSecure(): boolean {
    return this.#target.protocol === "https:";
  }

  /** For `request` of node:http. A tunnel has a connection of its own; others are kept for the next request. */
  requestOptions({ isTunnel }: { readonly isTunnel: boolean }): RequestOptions {
    const options = requestTo(this.origin, this.#role, this.#tls);
    return isTunnel ? options : { ...options, agent: this.#agent };
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
          if (isDistrust(error)) this.#setAway(true, error);
          if (!isUnreached(error)) throw error;
          this.#setAway(true, error);
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
    const socket = this.#connect();
    if (!socket) {
      this.#watchAgain();
      return;
    }
    let isKnown = false;
    const learn = (error?: Error) => {
      if (isKnown) return;
      isKnown = true;
      this.#setAway(error !== undefined, error);
      this.#watchAgain();
    };
    socket.once(this.isSecure ? "secureConnect" : "connect", () => {
      learn();
      // Not cut off: what ends the handshake is still on its way to the other side.
      socket.end();
    });
    socket.once("timeout", () => socket.destroy(new Error("timeout")));
    socket.on("error", learn);
    socket.unref();
  }

  #watchAgain(): void {
    if (this.#isDisposed) return;
    this.#probe = this.#clock.after(this.isAway ? probeAwayMs : probeMs, () => this.watch());
  }

  /** What was wrong with it is nobody's concern any more. */
  [Symbol.dispose](): void {
    if (this.#problem !== undefined && !this.#isDisposed) this.#onProblem(undefined);
    this.#isDisposed = true;
    this.#probe?.cancel();
    this.#agent.destroy();
  }

  #connect(): Socket | undefined {
    const { host, port } = this.#target;
    const to = { host, port, timeout: probeTimeoutMs };
    if (!this.isSecure) return connect(to);
    if (this.#tls) return connectSecurely({ ...to, ...this.#tls.clientOptions(this.#role, host) });
    this.#onProblem(needsTls(this.origin));
    return undefined;
  }

  #setAway(isAway: boolean, error?: unknown): void {
    const problem = isAway ? this.#problemOf(error) : undefined;
    if (problem === this.#problem || this.#isDisposed) return;
    if (isAway !== this.isAway) this.#awaySince = isAway ? this.#clock.now() : undefined;
    this.#problem = problem;
    this.#onProblem(problem);
  }

  /** Somebody listens, and is not let in or not believed. */
  #problemOf(error: unknown): string {
    return isDistrust(error) ? `${this.origin} is not believed: ${error.message}` : `nobody listens at ${this.origin}`;
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
