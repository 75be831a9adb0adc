/** A host that is not this machine: a container engine of its own, in a network namespace of its own, as on a school's server. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Place } from "../../harness/roads.ts";
import { eventually } from "../../harness/wait.ts";

const root = resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);

/** What a bridge is started from, beside signalling or alone. */
export const bridgeFiles = ["compose/bridge.yml", "test/compose/sure-lines.yml"];

/** Why no engine of its own can be started here, or false. */
export function withoutEngines(): string | false {
  try {
    execFileSync("sh", ["-c", "command -v dockerd"], { stdio: "ignore" });
    return false;
  } catch {
    return "no dockerd here: each host of the test starts one of its own";
  }
}

export class Host implements AsyncDisposable {
  readonly place: Place;
  readonly #directory: string;
  readonly #engine: ChildProcess;

  private constructor(place: Place, directory: string, engine: ChildProcess) {
    this.place = place;
    this.#directory = directory;
    this.#engine = engine;
  }

  static async start(place: Place): Promise<Host> {
    const directory = await mkdtemp(join(tmpdir(), "veche-host-"));
    const options = {
      "data-root": join(directory, "data"),
      "exec-root": join(directory, "exec"),
      pidfile: join(directory, "pid"),
      host: `unix://${join(directory, "docker.sock")}`,
      "cgroup-parent": `/${place.namespace}`,
      "config-file": join(directory, "daemon.json"),
    };
    await writeFile(options["config-file"], "{}");
    const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const engine = spawn("nsenter", [`--net=/run/netns/${place.namespace}`, "dockerd", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    for (const stream of [engine.stdout, engine.stderr])
      stream.on("data", (data) => (log = `${log}${data}`.slice(-4000)));
    const host = new Host(place, directory, engine);
    try {
      await eventually(
        `the engine of ${place.name}`,
        async () => {
          if (engine.exitCode !== null) throw new Error(`dockerd ended\n${log}`);
          return host.docker("info").then(
            () => undefined,
            (error: Error) => error.message,
          );
        },
        { timeoutMs: 60_000, pollMs: 250 },
      );
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
    return host;
  }

  /** By a tar, as on a host without a registry: what the engine of this machine has is loaded here. */
  async load(images: readonly string[]): Promise<void> {
    const script = 'docker save "$@" | docker --host "$0" load --quiet';
    await run("bash", ["-o", "pipefail", "-c", script, this.#socket, ...images], { maxBuffer: 2 ** 24 });
  }

  docker(...args: readonly string[]): Promise<string> {
    return this.#docker({}, args);
  }

  /** Files of this checkout, the later ones laid over the first. */
  compose(
    files: readonly string[],
    settings: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<string> {
    return this.#docker(settings, ["compose", ...files.flatMap((file) => ["--file", file]), ...args]);
  }

  /** Started and healthy, or an error with what they said last. */
  async up(
    files: readonly string[],
    settings: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<void> {
    try {
      await this.compose(files, settings, "up", "--detach", "--wait", "--wait-timeout", "180", ...args);
    } catch (error) {
      const logs = await this.compose(files, settings, "logs", "--no-color", "--tail", "20").catch(() => "");
      throw new Error(`${this.place.name} did not start\n${logs}`, { cause: error });
    }
  }

  /** All containers at once, as when the power goes: nothing starts them again. */
  async lose(): Promise<void> {
    const ids = (await this.docker("ps", "--quiet")).split("\n").filter((id) => id !== "");
    if (ids.length > 0) await this.docker("kill", ...ids);
  }

  /** A program that starts another on this host: a browser of somebody at that school. */
  async launcher(program: string): Promise<string> {
    const path = join(this.#directory, "launch.sh");
    await writeFile(path, `#!/bin/sh\nexec nsenter --net=/run/netns/${this.place.namespace} ${program} "$@"\n`);
    await chmod(path, 0o755);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = await this.docker("ps", "--all", "--quiet").catch(() => "");
    const some = ids.split("\n").filter((id) => id !== "");
    if (some.length > 0) await this.docker("rm", "--force", ...some).catch(() => {});
    if (this.#engine.exitCode === null) {
      const ended = once(this.#engine, "exit");
      // nsenter became dockerd: the number is the engine's.
      this.#engine.kill("SIGTERM");
      await ended;
    }
    // The engine leaves this mount behind.
    await run("umount", ["--lazy", join(this.#directory, "exec/netns/default")]).catch(() => {});
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #socket(): string {
    return `unix://${join(this.#directory, "docker.sock")}`;
  }

  async #docker(settings: Readonly<Record<string, string>>, args: readonly string[]): Promise<string> {
    const env = { ...process.env, COMPOSE_PROGRESS: "plain", ...settings };
    const { stdout } = await run("docker", ["--host", this.#socket, ...args], { cwd: root, env, maxBuffer: 2 ** 26 });
    return stdout;
  }
}
