import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { type Log, silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { schema } from "../config.ts";
import { type Limits, limits } from "../limits.ts";
import { start, type WebServer } from "../service.ts";

export type WebOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  readonly log?: Log;
  /** The folder of the app in the place of our own build. */
  readonly ownApp?: string;
};

export type WebUnderTest = AsyncDisposable & {
  readonly server: WebServer;
  readonly folder: string;
  /** http://127.0.0.1:<port>, as a browser on the same machine says it. */
  readonly http: string;
  readonly https: string;
  readonly rest: string;
  /** Another role's end of the bus. */
  readonly bus: MemoryBus;
  readonly network: MemoryNetwork;
  readonly webBus: MemoryBus;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Resolves once health names a problem of this part. */
  tells(part: string): Promise<void>;
};

/** The whole role on ports of the system's choice; nothing behind it unless `env` says where. */
export async function startWeb(options: WebOptions = {}): Promise<WebUnderTest> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "veche-web-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const network = new MemoryNetwork();
  const webBus = new MemoryBus(network, { role: "web" });
  const bus = stack.use(new MemoryBus(network, { role: "videobridge" }));
  const health = new Health();
  const metrics = new Metrics("web");
  const config = readConfig(schema, {
    VECHE_LISTEN_ADDRESS: "127.0.0.1",
    HTTP_PORT: "0",
    HTTPS_PORT: "0",
    VECHE_WEB_REST_PORT: "0",
    VECHE_DATA_DIR: join(folder, "data"),
    XMPP_BOSH_URL_BASE: "http://127.0.0.1:1",
    JICOFO_URL: "http://127.0.0.1:1",
    VECHE_UPSTREAM_WAIT: "0",
    ...options.env,
  });
  const context = {
    role: "web",
    config,
    log: options.log ?? silentLog,
    metrics,
    health,
    instance: "0123456789ab",
    version: "0.0.0",
    signal: new AbortController().signal,
  } as const;
  const given = {
    bus: webBus,
    limits: { ...limits, ...options.limits },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.ownApp === undefined ? {} : { ownApp: options.ownApp }),
  };
  const server = stack.use(await start(context, given));
  const held = stack.move();
  return {
    server,
    folder,
    http: `http://127.0.0.1:${server.httpPort}`,
    https: `https://127.0.0.1:${server.httpsPort}`,
    rest: `http://127.0.0.1:${server.restPort}`,
    bus,
    network,
    webBus,
    health,
    metrics,
    tells: (part) => untilProblem(health, part),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function untilProblem(health: Health, part: string): Promise<void> {
  return new Promise((resolve) => {
    const set = health.set.bind(health);
    const look = () => {
      if (health.problems.has(part)) resolve();
    };
    health.set = (...given) => {
      set(...given);
      look();
    };
    look();
  });
}
