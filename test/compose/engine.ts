/** A compose project of a test's own on the container engine of this machine. */
import { execFile, execFileSync } from "node:child_process";
import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { freePorts, type Ports, portSettings } from "@veche/deploy/local/ports.ts";
import { hostAddresses } from "@veche/kit/own-address.ts";
import { eventually } from "../harness/wait.ts";

/** Of this host, where a browser outside the containers reaches what is published. */
export function hostAddress(): string {
  const own = hostAddresses().find((ip) => isIPv4(ip));
  return own ?? "127.0.0.1";
}

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Why no container can be started here; false where one can. */
export function withoutEngine(): string | false {
  try {
    execFileSync("docker", ["info"], { stdio: "ignore", timeout: 20_000 });
    execFileSync("docker", ["compose", "version"], { stdio: "ignore", timeout: 20_000 });
    return false;
  } catch {
    return "no container engine runs here (docker info, docker compose version)";
  }
}

export type Container = {
  readonly Service: string;
  readonly Name: string;
  readonly State: string;
  readonly Health: string;
  readonly ExitCode: number;
  readonly Publishers: readonly { readonly PublishedPort: number; readonly Protocol: string }[] | null;
};

export class ComposeProject implements AsyncDisposable {
  readonly name: string;
  readonly ports: Ports;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(name: string, ports: Ports) {
    this.name = name;
    this.ports = ports;
    this.#env = {
      ...process.env,
      ...portSettings(ports),
      COMPOSE_PROJECT_NAME: name,
      VECHE_VERSION: name,
      // Several bridges share a range; the first takes its first port.
      JVB_PORT: `${ports.media}-${ports.media + 9}`,
      JVB_TCP_PORT: `${ports.mediaTcp}-${ports.mediaTcp + 9}`,
      JIGASI_PORT_MIN: "20900",
      JIGASI_PORT_MAX: "20909",
      TURN_HOST: hostAddress(),
      TURN_PORT: String(ports.xmpp),
      COMPOSE_PROGRESS: "plain",
    };
  }

  /** Builds the images and waits until every service says that it is healthy. `prepare`: between the two. */
  static async up(prepare?: (project: ComposeProject) => Promise<void>): Promise<ComposeProject> {
    const project = new ComposeProject(`veche-test-${process.pid}`, await freePorts());
    try {
      await project.compose("--profile", "recorder", "--profile", "sip", "build");
      await prepare?.(project);
      await project.compose("up", "--detach", "--wait", "--wait-timeout", "120");
      return project;
    } catch (error) {
      const logs = await project.compose("logs", "--no-color", "--tail", "40").catch(() => "");
      await project[Symbol.asyncDispose]();
      throw new Error(`the compose stack did not start\n${logs}`, { cause: error });
    }
  }

  get url(): string {
    return `http://localhost:${this.ports.http}`;
  }

  compose(...args: readonly string[]): Promise<string> {
    return this.docker("compose", ...args);
  }

  /** An image of that service as an earlier version had it: with another id, the same inside. */
  async makeEarlier(service: string): Promise<void> {
    const image = `veche-${service}:${this.name}`;
    const script = `echo "FROM $0\nLABEL version=earlier" | docker build --quiet --tag "$0" -`;
    await run("sh", ["-c", script, image], { env: this.#env });
  }

  /** A script of this checkout, about this project. */
  async script(path: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = { ...this.#env, ...more };
    const { stdout } = await run("sh", [path, ...args], { cwd: root, env, maxBuffer: 2 ** 26 });
    return stdout;
  }

  async containers(): Promise<Container[]> {
    const text = await this.compose("ps", "--all", "--format", "json");
    return text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line): Container => JSON.parse(line));
  }

  /** What the engine knows of a container. */
  async inspect(container: Container, format: string): Promise<string> {
    return (await this.docker("inspect", "--format", format, container.Name)).trim();
  }

  /** As a crash does: `docker kill` would count as the operator's wish, and nothing would start it again. */
  async crash(service: string): Promise<void> {
    const container = (await this.containers()).find(({ Service }) => Service === service);
    if (!container) throw new Error(`expected a container of ${service}, found none`);
    const restarts = () => this.inspect(container, "{{.RestartCount}}");
    const before = await restarts();
    // The command dies with the container that it ends.
    await this.compose("exec", "--no-TTY", service, "node", "--eval", killMain(service)).catch(requireKilled);
    await eventually(`${service} to be started again`, async () =>
      (await restarts()) === before ? `started again ${before} times, as before` : undefined,
    );
    await this.compose("up", "--detach", "--wait", "--wait-timeout", "60", "--no-recreate");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose(
      "--profile",
      "turn",
      "--profile",
      "recorder",
      "--profile",
      "sip",
      "down",
      "--volumes",
      "--remove-orphans",
      "--timeout",
      "5",
    );
    const images = await this.docker("images", "--quiet", "--filter", `reference=veche-*:${this.name}`);
    const ids = [...new Set(images.split("\n").filter((id) => id !== ""))];
    if (ids.length > 0) await this.docker("rmi", "--force", ...ids);
  }

  async docker(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("docker", args, { cwd: root, env: this.#env, maxBuffer: 2 ** 26 });
    return stdout;
  }
}

function killMain(service: string): string {
  return `
    const { readdirSync, readFileSync } = require("node:fs");
    for (const pid of readdirSync("/proc").filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid)) {
      const words = readFileSync("/proc/" + pid + "/cmdline", "utf8").split("\\0");
      if (words[0].endsWith("node") && words[1] === "services/${service}/main.ts") process.kill(Number(pid), "SIGKILL");
    }`;
}

function requireKilled(error: unknown): void {
  const isKilled = error instanceof Error && "code" in error && error.code === 137;
  if (!isKilled) throw error;
}
