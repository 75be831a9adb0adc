import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Where nats-server is; undefined where there is none. */
export function findNatsServer(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  if (env.NATS_SERVER_BIN) return env.NATS_SERVER_BIN;
  const folders = [...(env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  return folders.map((folder) => join(folder, "nats-server")).find((path) => existsSync(path));
}

type NatsServerOptions = {
  readonly config: string;
  readonly jetstream: string;
  readonly env: Environment;
  readonly place: NatsPlace;
};

/** Where a server is to be: its address, and what its command has before it, as "ip netns exec …". */
export type NatsPlace = { readonly address: string; readonly enter: readonly string[] };

export const loopback: NatsPlace = { address: "127.0.0.1", enter: [] };

type Environment = Readonly<Record<string, string>>;

/** A nats-server of a test's own, on a free port, of the loopback unless it has a place, which can be killed and come back with what it stored. */
export class NatsServer implements AsyncDisposable {
  readonly #binary: string;
  readonly #folder: string;
  readonly #options: NatsServerOptions;
  #port = -1;
  #process: ChildProcess | undefined;

  private constructor(binary: string, folder: string, options: NatsServerOptions) {
    this.#binary = binary;
    this.#folder = folder;
    this.#options = options;
  }

  /** `config` is added to its configuration, `jetstream` to the block of that name. */
  static async start(
    config = "",
    options: { readonly jetstream?: string; readonly env?: Environment } = {},
  ): Promise<NatsServer> {
    const server = await NatsServer.prepare(config, options);
    await server.start();
    return server;
  }

  /** As `start`, which is then called for. */
  static async prepare(
    config = "",
    options: Partial<Omit<NatsServerOptions, "config">> & { readonly port?: number } = {},
  ): Promise<NatsServer> {
    const binary = findNatsServer();
    if (!binary) throw new Error("there is no nats-server");
    const { jetstream = "", env = {}, place = loopback, port = -1 } = options;
    const folder = await mkdtemp(join(tmpdir(), "veche-nats-"));
    const server = new NatsServer(binary, folder, { config, jetstream, env, place });
    server.#port = port;
    return server;
  }

  /** Where it keeps its files. */
  get storeDir(): string {
    return join(this.#folder, "store");
  }

  get url(): string {
    return `nats://${this.#options.place.address}:${this.#port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** On the same port and with the same files as before. */
  async start(): Promise<void> {
    const path = join(this.#folder, "nats.conf");
    const { jetstream, config, place } = this.#options;
    const storage = `jetstream { store_dir: "${this.storeDir}"\n${jetstream} }`;
    await writeFile(path, `listen: "${place.address}:${this.#port}"\n${storage}\n${config}\n`);
    const env = { ...process.env, ...this.#options.env };
    const [command = this.#binary, ...args] = [...place.enter, this.#binary, "-c", path];
    const started = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    this.#process = started;
    const lines = createInterface({ input: started.stderr });
    const said: string[] = [];
    for await (const line of lines) {
      said.push(line);
      const port = /Listening for client connections on [^ ]*:(\d+)/.exec(line)?.[1];
      if (port) this.#port = Number(port);
      if (line.includes("Server is ready")) {
        // What it says later is dropped, so that a full pipe never stops it.
        started.stderr.resume();
        return;
      }
    }
    throw new Error(`nats-server did not start:\n${said.join("\n")}`);
  }

  /** It lives on (SIGSTOP, SIGCONT). */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
