/** Keeps one program running: starts it again when it ends, at once the first time, slower when it keeps ending. */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { lastTimerMs } from "@veche/kit/run.ts";

export type Program = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** Who ran this long is taken to have started well. */
const settledMs = 5_000;
/** How long a program may take to finish after SIGTERM: a little longer than its own last timer. */
const finishMs = lastTimerMs.SIGTERM + 2_000;

type Events = {
  line: [text: string];
  started: [pid: number];
  ended: [how: string, againInMs: number];
};

export class Supervisor extends EventEmitter<Events> {
  readonly program: Program;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #startedAt = 0;
  #quickEnds = 0;

  constructor(program: Program) {
    super();
    this.program = program;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often in a row it ended before it settled. */
  get quickEnds(): number {
    return this.#quickEnds;
  }

  start(): void {
    const { command, args, env, cwd } = this.program;
    // A group of its own: Ctrl-C in a terminal reaches the supervisor alone, which then ends everything in order.
    const child = spawn(command, args, { env: { ...env }, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#child = child;
    this.#startedAt = performance.now();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (text) => this.emit("line", text));
    let ended = false;
    const end = (how: string) => {
      if (ended) return;
      ended = true;
      this.#ended(how);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ? `by ${signal}` : `with exit code ${code}`));
    if (child.pid !== undefined) this.emit("started", child.pid);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves with the process id of the next start. */
  async nextStart(): Promise<number> {
    const [pid] = await once(this, "started");
    return Number(pid);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    // A stopped process (SIGSTOP) would not hear SIGTERM.
    child.kill("SIGCONT");
    const last = setTimeout(() => child.kill("SIGKILL"), finishMs);
    await exit;
    clearTimeout(last);
  }

  #ended(how: string): void {
    this.#child = undefined;
    if (this.#isStopping) return;
    this.#quickEnds = performance.now() - this.#startedAt < settledMs ? this.#quickEnds + 1 : 0;
    const delayMs = Math.min(firstDelayMs * 2 ** Math.max(0, this.#quickEnds - 1), longestDelayMs);
    this.#timer = setTimeout(() => this.start(), delayMs);
    this.emit("ended", how, delayMs);
  }
}
