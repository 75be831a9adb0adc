import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect } from "@nats-io/transport-node";
import { loopback, type NatsPlace, NatsServer } from "../nats-server.ts";
import { freePort } from "./free-port.ts";

const size = 3;
const readyMs = 30_000;
const lookEachMs = 50;

export type ClusterOptions = {
  /** Added to the configuration of each server: accounts, TLS. */
  readonly config?: string;
  /** Inside the block `cluster`: TLS of the routes. */
  readonly routes?: string;
  /** The same for one of them, by its number. */
  readonly routesOf?: (index: number) => string;
  /** What each asks of routes and shows on its own, by its number. */
  readonly passwordOf?: (index: number) => string;
  /** Where each is, by its number; on the loopback otherwise. */
  readonly placeOf?: (index: number) => NatsPlace;
  /** False where it can't become one: then nobody waits for it. */
  readonly isWhole?: boolean;
  /** Further environment of a server, by its number. */
  readonly envOf?: (index: number) => Readonly<Record<string, string>>;
  /** For who may look at streams. */
  readonly credentials?: ConnectionOptions;
};

/** Three nats-servers of a test's own that keep streams together: each can be killed, stopped and come back. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];
  readonly #credentials: ConnectionOptions;

  private constructor(servers: readonly NatsServer[], credentials: ConnectionOptions) {
    this.servers = servers;
    this.#credentials = credentials;
  }

  static async start(options: ClusterOptions = {}): Promise<NatsCluster> {
    const { config = "", routes = "", envOf = () => ({}), credentials = {} } = options;
    const routesOf = options.routesOf ?? (() => routes);
    const ports = await Promise.all(Array.from({ length: 2 * size }, () => freePort()));
    const placeOf = options.placeOf ?? (() => loopback);
    const members = ports.slice(size).map((port, index) => `${placeOf(index).address}:${port}`);
    const servers = await Promise.all(
      Array.from({ length: size }, (_, index) => {
        const cluster = clusterBlock({
          listen: members[index] ?? "",
          members,
          more: routesOf(index),
          password: options.passwordOf?.(index),
        });
        const named = `server_name: node-${index + 1}\n${cluster}\n${config}`;
        return NatsServer.prepare(named, { port: ports[index] ?? 0, env: envOf(index), place: placeOf(index) });
      }),
    );
    const started = new NatsCluster(servers, credentials);
    try {
      await Promise.all(servers.map((server) => server.start()));
      if (options.isWhole ?? true) await started.ready();
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  /** All of them, the one with this number first: for a role on its host. */
  urlFor(index: number): string {
    const urls = this.servers.map(({ url }) => url);
    return [...urls.slice(index), ...urls.slice(0, index)].join(",");
  }

  /** The number of the server that leads a stream. */
  async leaderOf(stream: string): Promise<number> {
    const { cluster } = await this.#ask((jsm) => jsm.streams.info(stream));
    return Number(cluster?.leader?.replace("node-", "")) - 1;
  }

  /** Resolves when a stream has all its copies, and none of them is behind. */
  async settled(stream: string): Promise<void> {
    await this.#ask(async (jsm) => {
      const { cluster } = await jsm.streams.info(stream);
      const replicas = cluster?.replicas ?? [];
      if (replicas.length < size - 1 || replicas.some(({ current, offline }) => !current || offline === true))
        throw new Error(`${stream}: its copies are ${JSON.stringify(replicas)}`);
    });
  }

  /** Resolves when the servers have a leader that makes streams. */
  async ready(): Promise<void> {
    await this.#ask(async (jsm) => void (await jsm.getAccountInfo()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  /** What an operator does to streams; tried until it works. */
  async onStreams(action: (jsm: JetStreamManager) => Promise<void>): Promise<void> {
    await this.#ask(action);
  }

  /** How many servers that one sees, itself included. */
  async members(index: number): Promise<number> {
    const connection = await connect({ servers: this.servers[index]?.url ?? "", ...this.#credentials });
    const members = connection.info?.connect_urls?.length ?? 1;
    await connection.close();
    return members;
  }

  async version(): Promise<string> {
    const connection = await connect({ servers: this.servers.map(({ url }) => url), ...this.#credentials });
    const version = connection.info?.version ?? "";
    await connection.close();
    return version;
  }

  async #ask<T>(question: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
    const options = { servers: this.servers.map(({ url }) => url), maxReconnectAttempts: -1 };
    const connection = await connect({ ...options, reconnectTimeWait: lookEachMs, ...this.#credentials });
    try {
      const jsm = await jetstreamManager(connection, { checkAPI: false, timeout: 1_000 });
      const deadline = performance.now() + readyMs;
      for (;;) {
        try {
          return await question(jsm);
        } catch (error) {
          if (performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, lookEachMs));
        }
      }
    } finally {
      await connection.close();
    }
  }
}

function clusterBlock(given: {
  /** Address and port for routes, its own and everybody's. */
  readonly listen: string;
  readonly members: readonly string[];
  readonly more: string;
  readonly password: string | undefined;
}): string {
  const user = given.password === undefined ? "" : `route:${given.password}@`;
  const routes = given.members.map((member) => `"nats://${user}${member}"`).join(", ");
  const authorization = user === "" ? "" : `authorization { user: route, password: "${given.password}" }`;
  return `cluster {
    name: veche
    listen: "${given.listen}"
    routes: [${routes}]
    ${authorization}
    ${given.more}
  }`;
}
