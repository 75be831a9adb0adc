/** A PostgreSQL of a test's own: Debian's programs, a socket in a folder of its own, no service, and not root. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The folder of its programs; undefined where there is none. */
export function findPostgres(): string | undefined {
  return globSync("/usr/lib/postgresql/*/bin").sort().at(-1);
}

type Owner = { readonly uid: number; readonly gid: number };

export class Postgres implements AsyncDisposable {
  readonly #programs: string;
  readonly #folder: string;
  readonly #owner: Owner | undefined;
  #running: ChildProcess | undefined;

  private constructor(programs: string, folder: string, owner: Owner | undefined) {
    this.#programs = programs;
    this.#folder = folder;
    this.#owner = owner;
  }

  static async start(): Promise<Postgres> {
    const programs = findPostgres();
    if (!programs) throw new Error("there is no PostgreSQL");
    // It refuses to run as root.
    const owner = process.getuid?.() === 0 ? ownerOf("postgres") : undefined;
    const folder = await mkdtemp(join(tmpdir(), "veche-postgres-"));
    if (owner) chownSync(folder, owner.uid, owner.gid);
    const postgres = new Postgres(programs, folder, owner);
    const options = [
      "-D",
      postgres.#data,
      "-U",
      "register",
      "--auth=trust",
      "--no-sync",
      "--encoding=UTF8",
      "--locale=C",
    ];
    execFileSync(join(programs, "initdb"), options, { ...owner, cwd: folder, stdio: "ignore" });
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://register@localhost/postgres?host=${encodeURIComponent(this.#folder)}`;
  }

  async start(): Promise<void> {
    const options = ["-D", this.#data, "-k", this.#folder, "-c", "listen_addresses=", "-c", "fsync=off"];
    const stdio: ["ignore", "ignore", "pipe"] = ["ignore", "ignore", "pipe"];
    const started = spawn(join(this.#programs, "postgres"), options, { ...this.#owner, cwd: this.#folder, stdio });
    this.#running = started;
    const said: string[] = [];
    for await (const line of createInterface({ input: started.stderr })) {
      said.push(line);
      if (!line.includes("ready to accept connections")) continue;
      started.stderr.resume();
      return;
    }
    throw new Error(`PostgreSQL did not start:\n${said.join("\n")}`);
  }

  /** At once, as after a crash: its next start recovers. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGQUIT");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }
}

function ownerOf(user: string): Owner {
  const ask = (option: string) => Number(execFileSync("id", [option, user], { encoding: "utf8" }));
  return { uid: ask("-u"), gid: ask("-g") };
}
