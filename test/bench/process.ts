/** Programs under load: started on a core of their own, their use of it read from /proc, ended by their id. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, constants, getPriority, setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

const cores = { server: 0, generator: 1 } as const;
const readyMs = 30_000;
const endMs = 10_000;

export const isPinned: boolean = availableParallelism() > 1 && spawnSync("taskset", ["-V"]).status === 0;

/** This process and what it starts from now on keep to the core of the one or the other. */
export function pinTo(side: keyof typeof cores): void {
  if (isPinned) spawnSync("taskset", ["-acp", String(cores[side]), String(process.pid)]);
}

/**
 * What this process sends doesn't wait for what else this machine does: a late packet of it would be counted as the server's delay.
 * Until it is disposed, as programs that are started then would inherit it.
 */
export function goFirst(): Disposable {
  const before = getPriority();
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Without root or CAP_SYS_NICE it runs as others do.
  }
  return { [Symbol.dispose]: () => setPriority(before) };
}

export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  #said = "";

  /** `heard` is given what a Node program says by IPC. */
  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    heard?: (message: unknown) => void,
  ) {
    const [program = "", ...rest] = isPinned
      ? ["taskset", "-c", String(cores.server), command, ...args]
      : [command, ...args];
    this.#child = spawn(program, rest, {
      env,
      stdio: ["ignore", "pipe", "pipe", ...(heard ? (["ipc"] as const) : [])],
    });
    if (heard) this.#child.on("message", heard);
    const hear = (chunk: Buffer) => {
      this.#said = (this.#said + String(chunk)).slice(-4_000);
    };
    this.#child.stdout?.on("data", hear);
    this.#child.stderr?.on("data", hear);
    this.#child.on("error", hear);
  }

  /** By IPC. */
  tell(message: object): void {
    this.#child.send(message);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last it printed. */
  get said(): string {
    return this.#said;
  }

  async until(isReady: () => Promise<boolean>): Promise<void> {
    const limit = performance.now() + readyMs;
    while (!(await isReady().catch(() => false))) {
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}:\n${this.#said}`);
      if (performance.now() > limit) throw new Error(`not ready in ${readyMs} ms:\n${this.#said}`);
      await pause(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), endMs);
    await ended;
    clearTimeout(timer);
  }
}

/** A process and all it started. */
function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

/** Time on a processor of all threads of the process and all it started, in seconds; to the nanosecond, unlike `stat`. */
export function cpuSecondsOf(pid: number): number {
  return cpuSecondsOfEach(treeOf(pid));
}

/** Of the process alone, without those it started. */
export function ownCpuSecondsOf(pid: number): number {
  return cpuSecondsOfEach([pid]);
}

function cpuSecondsOfEach(pids: readonly number[]): number {
  const threads = pids.flatMap((one) => readdirSync(`/proc/${one}/task`).map((task) => `${one}/task/${task}`));
  const nanoseconds = threads.map((thread) => Number(readFileSync(`/proc/${thread}/schedstat`, "utf8").split(" ")[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

/** How long threads of the process were ready to run while others did, in seconds. */
export function ownWaitSecondsOf(pid: number): number {
  const waits = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[1]),
  );
  return waits.reduce((sum, one) => sum + one, 0) / 1e9;
}

export function residentKiBOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => {
    const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, "utf8"));
    return sum + Number(found?.[1] ?? 0);
  }, 0);
}

export function findProgram(name: string): string | undefined {
  const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  return found === "" ? undefined : found;
}

export function debianVersion(name: string): string {
  const lines = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" }).stdout ?? "";
  return /^Version: (.*)$/m.exec(lines)?.[1] ?? "";
}
