/** An installation that hosts may join: NATS by TLS with its accounts, web, and the operator's commands. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { InternalCa } from "@veche/deploy/hosts/internal-ca.ts";
import { credsFileOf, ensureAccounts } from "@veche/deploy/nats/accounts.ts";
import { renderAccounts } from "@veche/deploy/nats/server-config.ts";
import { NatsServer } from "@veche/kit/nats-server.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { RoleProcess } from "../contract/role-process.ts";

const root = resolve(import.meta.dirname, "../..");

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export class Installation implements AsyncDisposable {
  readonly directory: string;
  readonly server: NatsServer;

  private constructor(directory: string, server: NatsServer) {
    this.directory = directory;
    this.server = server;
  }

  static async start(): Promise<Installation> {
    const directory = await mkdtemp(join(tmpdir(), "veche-hosts-"));
    const secrets = join(directory, "secrets");
    const accounts = await ensureAccounts(secrets);
    const ca = await InternalCa.open(secrets);
    await ca.keep("nats", ["localhost", "127.0.0.1"]);
    const tls = { certFile: join(ca.directory, "nats.crt"), keyFile: join(ca.directory, "nats.key") };
    const config = renderAccounts(accounts, { resolver: join(directory, "jwt"), tls });
    return new Installation(directory, await NatsServer.start(config));
  }

  get secrets(): string {
    return join(this.directory, "secrets");
  }

  get natsUrl(): string {
    return this.server.url.replace("nats:", "tls:");
  }

  get caFile(): string {
    return join(this.secrets, "internal-ca", "ca.crt");
  }

  /** What a role of this host, or a command of its operator, is started with. */
  settingsOf(user: string): Record<string, string> {
    const { natsUrl, caFile } = this;
    return { NATS_URL: natsUrl, NATS_CREDS_FILE: credsFileOf(this.secrets, user), NATS_CA_FILE: caFile };
  }

  /** `npm run <program> -- …`. */
  run(program: string, args: readonly string[]): Promise<Ran> {
    return runNode([`deploy/${program}/main.ts`, ...args], {
      VECHE_DATA_DIR: this.directory,
      ...this.settingsOf("operator"),
    });
  }

  /** It hands out what tokens promise. */
  startWeb(): Promise<RoleProcess> {
    return RoleProcess.start("web", this.server, {
      ...this.settingsOf("web"),
      HTTP_PORT: "0",
      DISABLE_HTTPS: "1",
      VECHE_WEB_REST_PORT: "0",
      VECHE_DATA_DIR: join(this.directory, "web"),
    });
  }

  /** As another host whose files are in that folder. */
  joins(token: string, folder: string): Promise<Ran> {
    return runNode(["deploy/hosts/join.ts", "--into", join(this.directory, folder)], { VECHE_JOIN: token });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function runNode(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), out: out.trim(), err: err.trim() };
}

/** A role with nothing but what its host was given. */
export class JoinedRole implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(role: RoleName, env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [`services/${role}/main.ts`], {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.lines.push(line));
    this.#child = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

/** The settings that a joined host was given. */
export async function hostEnv(folder: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(folder, "host.env"), "utf8")).split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
