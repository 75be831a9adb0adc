import assert from "node:assert/strict";
import type { Clock } from "@veche/kit/clock.ts";
import { systemClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { schema } from "../config.ts";
import { defaultLimits, type Limits } from "../limits.ts";
import { type Running, start } from "../service.ts";
import { FakeFocus } from "./fake-focus.ts";
import { ScriptedClient } from "./scripted-client.ts";

export type Options = {
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  readonly network?: MemoryNetwork;
  readonly withFocus?: boolean;
  /** Where ordinary clients are served; 0 is any port. */
  readonly c2sPort?: number;
};

let instances = 0;

/** A server with a fake focus on one bus in memory, and its clients on real sockets. */
export class Harness implements AsyncDisposable {
  readonly network: MemoryNetwork;
  readonly focus: FakeFocus | undefined;
  readonly bus: MemoryBus;
  server: Running;
  readonly #options: Options;
  readonly #clients: ScriptedClient[] = [];

  private constructor(options: Options, network: MemoryNetwork, focus: FakeFocus | undefined, started: Started) {
    this.#options = options;
    this.network = network;
    this.focus = focus;
    this.bus = started.bus;
    this.server = started.server;
  }

  static async start(options: Options = {}): Promise<Harness> {
    const network = options.network ?? new MemoryNetwork();
    const focus = options.withFocus === false ? undefined : new FakeFocus(network);
    return new Harness(options, network, focus, await startServer(options, network));
  }

  get port(): number {
    return this.server.port;
  }

  get c2sPort(): number {
    const { c2sPort } = this.server;
    assert.ok(c2sPort !== undefined, "no port for ordinary clients");
    return c2sPort;
  }

  async webSocket(query = "", headers: Record<string, string> = {}): Promise<ScriptedClient> {
    return this.#keep(await ScriptedClient.webSocket(this.port, query, headers));
  }

  async bosh(query = ""): Promise<ScriptedClient> {
    return this.#keep(await ScriptedClient.bosh(this.port, query));
  }

  /** Over TCP with TLS, not signed in. */
  async tcp(): Promise<ScriptedClient> {
    return this.#keep(await ScriptedClient.tcp(this.c2sPort));
  }

  /** Signed in by WebSocket. */
  async client(): Promise<ScriptedClient> {
    const client = await this.webSocket();
    await client.signIn();
    return client;
  }

  /** Kills the process, as far as one can inside another, and starts a new one on the same port. */
  async killAndRestart(): Promise<void> {
    const { port } = this.server;
    await this.server.kill();
    await this.bus[Symbol.asyncDispose]();
    const env = { ...this.#options.env, XMPP_PORT: String(port) };
    const started = await startServer({ ...this.#options, env }, this.network);
    this.server = started.server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.drop();
    await this.server[Symbol.asyncDispose]();
    this.focus?.close();
  }

  #keep(client: ScriptedClient): ScriptedClient {
    this.#clients.push(client);
    return client;
  }
}

type Started = { readonly server: Running; readonly bus: MemoryBus };

async function startServer(options: Options, network: MemoryNetwork): Promise<Started> {
  const bus = new MemoryBus(network, { role: "xmpp" });
  const config = readConfig(schema, {
    XMPP_PORT: "0",
    VECHE_LISTEN_ADDRESS: "127.0.0.1",
    ...options.env,
  });
  const context = {
    role: "xmpp" as const,
    config,
    log: silentLog,
    metrics: new Metrics("xmpp"),
    health: new Health(),
    instance: `test${++instances}`,
    version: "0.0.0",
    signal: new AbortController().signal,
  };
  const server = await start(context, {
    bus,
    clock: options.clock ?? systemClock,
    limits: { ...defaultLimits, ...options.limits },
    ...(options.c2sPort === undefined ? {} : { c2sPort: options.c2sPort }),
  });
  return { server, bus };
}
