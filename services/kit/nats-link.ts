import {
  connect,
  type NatsConnection,
  PermissionViolationError,
  type ServerInfo,
  type Status,
} from "@nats-io/transport-node";
import type { Subscription } from "./bus.ts";
import { busLimits } from "./bus-limits.ts";
import { VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { NatsClock } from "./nats-clock.ts";
import { LostConnection, natsError } from "./nats-errors.ts";
import { finalFault, type NatsConfig, signInOptions, whyNotConnected } from "./nats-sign-in.ts";

export type { NatsConfig } from "./nats-sign-in.ts";

/** The only place where the connection is tuned: the client's defaults notice a broker that came back 2 s late. */
const tuning = {
  reconnectTimeWait: 100,
  reconnectJitter: 20,
  reconnectJitterTLS: 20,
  maxReconnectAttempts: -1,
  pingInterval: 2000,
  maxPingOut: 2,
  timeout: 5000,
  // A password changed on the server before it changed here must not end a running role for good.
  ignoreAuthErrorAbort: true,
  noAsyncTraces: true,
  noEcho: false,
} as const;

/** What is repeated for seconds waits for others to elect a leader: then no longer at once. */
const repeatPauseMs = { first: 25, last: 100, fraction: 0.05 } as const;

/** nats-server's issue 4320: before, a cluster looked at the expected revision before it agreed, not after. */
export function isExact(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  return major > 2 || (major === 2 && (minor > 9 || (minor === 9 && patch >= 21)));
}

function warnOfOldCluster({ info }: NatsConnection, log: Log): void {
  if (info?.cluster === undefined || isExact(info.version)) return;
  const told = "this NATS cluster may accept two changes of a value at the same moment";
  log.warn({ version: info.version }, `${told}: expected nats-server 2.9.21 or later on all its hosts`);
}

/** The server names the others anew whenever one comes or goes. */
const serverLookMs = 100;

export type AttemptOptions = {
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** Whether this failure may pass by itself before the limit. */
  readonly mayPass?: (error: unknown) => boolean;
};

/** A connection for one command: it does not wait for a server, nor come back. */
export function connectOnce(config: NatsConfig, name: string, inboxPrefix: string): Promise<NatsConnection> {
  return connect({ ...signInOptions(config), name, inboxPrefix, reconnect: false, timeout: tuning.timeout });
}

/** One connection to NATS that comes back by itself, and waiting for it. */
export class NatsLink {
  readonly nc: NatsConnection;
  /** Ours beside the servers'. */
  readonly clock = new NatsClock();
  readonly #log: Log;
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  readonly #attempts = new Set<() => void>();
  readonly #serverWatch: NodeJS.Timeout;
  #servers: readonly string[] = [];
  #info: ServerInfo | undefined;
  #isConnected = true;
  #isClosed = false;
  #unsettledAt = Number.NEGATIVE_INFINITY;

  private constructor(nc: NatsConnection, log: Log) {
    this.nc = nc;
    this.#info = nc.info;
    this.#log = log;
    this.clock.onCompared(({ warning, isNew }) => {
      if (isNew && warning) log.warn(warning);
      else if (isNew) log.info("the clock is that of NATS again");
    });
    this.#serverWatch = setInterval(() => this.#lookAtServers(), serverLookMs).unref();
    void this.#follow();
  }

  /** Waits for the server as long as it takes: it may start after us. A refused sign-in is final. */
  static async open(config: NatsConfig, name: string, inboxPrefix: string, log: Log, signal?: AbortSignal) {
    const signIn = signInOptions(config);
    let hasWaited = false;
    while (true) {
      signal?.throwIfAborted();
      try {
        const nc = await connect({ ...signIn, name, inboxPrefix, ...tuning });
        if (hasWaited) log.info({ url: config.url }, "NATS is there");
        warnOfOldCluster(nc, log);
        return new NatsLink(nc, log);
      } catch (error) {
        const fault = finalFault(config, error);
        if (fault) throw fault;
        const reason = whyNotConnected(error);
        if (!hasWaited) log.warn({ url: config.url, reason }, "NATS is not there yet: waiting for it");
        hasWaited = true;
        await new Promise((resolve) => setTimeout(resolve, tuning.reconnectTimeWait));
      }
    }
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.#isClosed;
  }

  /** What the server says of itself, or said last: the client forgets it while it looks for another. */
  get info(): ServerInfo | undefined {
    return this.nc.info ?? this.#info;
  }

  /** Several servers keep what is stored. After the loss of one they need seconds to agree on who leads. */
  get isClustered(): boolean {
    return this.info?.cluster !== undefined;
  }

  /** How long what is stored is tried. */
  get recordMs(): number {
    return this.isClustered ? busLimits.clusterRecordMs : busLimits.recordMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Since we came back, or others lost their server: those who serve may need a moment longer. */
  get settledMs(): number {
    return performance.now() - this.#unsettledAt;
  }

  onConnection(listener: (isConnected: boolean) => void): Subscription {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  /** Runs `action` while connected, and again where the connection was lost or the failure may pass, until the limit. */
  async attempt<T>(what: string, options: AttemptOptions, action: (remainingMs: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    const deadline = began + options.limitMs;
    for (;;) {
      await this.#untilConnected(what, deadline, options.signal);
      const remainingMs = Math.max(1, Math.ceil(deadline - performance.now()));
      try {
        return await this.#guard(what, remainingMs, options.signal, action);
      } catch (error) {
        const isRepeated = error instanceof LostConnection || options.mayPass?.(error) === true;
        if (!isRepeated || performance.now() + repeatPauseMs.last >= deadline) throw natsError(error, what);
      }
      const pauseMs = repeatPauseMs.first + (performance.now() - began) * repeatPauseMs.fraction;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, repeatPauseMs.last)));
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#serverWatch);
    this.#askAgain();
    await this.nc.close();
  }

  #untilConnected(what: string, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isClosed) return Promise.reject(new VecheError("unavailable", `${what}: the bus is closed`));
    if (this.#isConnected && !signal?.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        listening.close();
        this.#attempts.delete(closed);
        signal?.removeEventListener("abort", aborted);
        settle();
      };
      const closed = () => end(() => reject(new VecheError("unavailable", `${what}: the bus is closed`)));
      const aborted = () => end(() => reject(new VecheError("deadline-exceeded", `${what}: the asker gave up`)));
      const late = () => end(() => reject(new VecheError("deadline-exceeded", `${what}: NATS is out of reach`)));
      const timer = setTimeout(late, Math.max(0, deadline - performance.now()));
      const listening = this.onConnection((isConnected) => isConnected && end(resolve));
      this.#attempts.add(closed);
      signal?.addEventListener("abort", aborted);
      if (signal?.aborted) aborted();
    });
  }

  /** The outcome of `action`, unless the connection is lost or the asker gives up before. */
  #guard<T>(
    what: string,
    limitMs: number,
    signal: AbortSignal | undefined,
    action: (remainingMs: number) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#attempts.delete(lost);
        signal?.removeEventListener("abort", aborted);
        settle();
      };
      const lost = () =>
        end(() =>
          reject(this.#isClosed ? new VecheError("unavailable", `${what}: the bus is closed`) : new LostConnection()),
        );
      const aborted = () => end(() => reject(new VecheError("deadline-exceeded", `${what}: the asker gave up`)));
      const late = () => end(() => reject(new VecheError("deadline-exceeded", `${what}: no answer in time`)));
      const timer = setTimeout(late, limitMs);
      this.#attempts.add(lost);
      signal?.addEventListener("abort", aborted);
      action(limitMs).then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    });
  }

  async #follow(): Promise<void> {
    for await (const status of this.nc.status()) this.#heard(status);
    if (this.#isClosed) return;
    const reason = await this.nc.closed();
    this.#changed(false);
    // Only a defect ends the connection by itself; a role without it would be deaf for ever, so it starts anew.
    throw new VecheError("unavailable", "the connection to NATS closed", { cause: reason });
  }

  #heard(status: Status): void {
    if (status.type === "disconnect" || status.type === "staleConnection") this.#changed(false);
    if (status.type === "reconnect") this.#changed(true);
    if (status.type !== "error") return;
    const { error } = status;
    if (error instanceof PermissionViolationError) {
      this.#log.error({ operation: error.operation, subject: error.subject }, "NATS refuses this role a subject");
    } else {
      this.#log.warn({ err: error }, "NATS reports an error");
    }
  }

  #changed(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    if (isConnected) this.#unsettledAt = performance.now();
    if (!this.#isClosed) {
      if (isConnected) this.#log.info("connected to NATS again");
      else this.#log.warn("lost the connection to NATS: publishing is kept");
    }
    if (!isConnected) this.#askAgain();
    for (const listener of [...this.#listeners]) this.#tell(listener, isConnected);
  }

  /** Another server of the cluster that is gone took with it whatever it was passing on; nobody else would say so. */
  #lookAtServers(): void {
    this.#info = this.info;
    const now = this.nc.info?.connect_urls ?? [];
    const before = this.#servers;
    this.#servers = now;
    if (now === before || before.every((server) => now.includes(server))) return;
    this.#unsettledAt = performance.now();
    this.#askAgain();
  }

  /** What is under way is begun again. */
  #askAgain(): void {
    for (const fail of [...this.#attempts]) fail();
  }

  #tell(listener: (isConnected: boolean) => void, isConnected: boolean): void {
    try {
      listener(isConnected);
    } catch (error) {
      this.#log.error({ err: error }, "a listener to the connection failed");
    }
  }
}
