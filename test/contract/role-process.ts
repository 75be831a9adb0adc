/** A role as a process of its own, as an installation runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { credsFileFor } from "./accounts.ts";

const root = resolve(import.meta.dirname, "../..");

export class RoleProcess implements AsyncDisposable {
  /** Everything it has logged. */
  readonly lines: readonly string[];
  /** Of its line "listening": port by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: Readonly<Record<string, number>>, lines: readonly string[]) {
    this.#child = child;
    this.ports = ports;
    this.lines = lines;
  }

  static async start(
    role: RoleName,
    server: NatsServer,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<RoleProcess> {
    const child = spawn(process.execPath, [`services/${role}/main.ts`], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NATS_URL: server.url,
        NATS_CREDS_FILE: await credsFileFor(role),
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
        ...env,
      },
    });
    const lines: string[] = [];
    const listening = Promise.withResolvers<Readonly<Record<string, number>>>();
    const output = createInterface({ input: child.stdout });
    output.on("line", (line) => {
      lines.push(line);
      if (line.includes('"listening"')) listening.resolve(JSON.parse(line));
    });
    output.on("close", () => listening.reject(new Error(`${role} did not start:\n${lines.slice(-10).join("\n")}`)));
    return new RoleProcess(child, await listening.promise, lines);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

export class XmppProcess implements AsyncDisposable {
  readonly #process: RoleProcess;

  private constructor(process: RoleProcess) {
    this.#process = process;
  }

  static async start(server: NatsServer, env: Readonly<Record<string, string>>): Promise<XmppProcess> {
    return new XmppProcess(await RoleProcess.start("xmpp", server, { XMPP_PORT: "0", ...env }));
  }

  get lines(): readonly string[] {
    return this.#process.lines;
  }

  get port(): number {
    return this.#process.ports.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  kill(signal?: NodeJS.Signals): Promise<void> {
    return this.#process.kill(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
