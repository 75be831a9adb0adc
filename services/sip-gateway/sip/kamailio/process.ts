/**
 * Kamailio as a process of ours: in a group of its own, started again when it dies, ended by id. A shell stands between: it
 * ends Kamailio when our end of its standard input closes, however that comes about, but leaves it the time to hang up the
 * phones first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { limits } from "./limits.ts";
import { readLogLine } from "./log-line.ts";

const restart = { firstMs: 200, mostMs: 30_000, calmMs: 60_000 } as const;
const endMs = 3_000;

/** Seconds for BYE, CANCEL and their answers after the gateway has died. */
const keeper = `"$@" & kamailio=$!
(cat >/dev/null; sleep 4; kill -TERM $kamailio) <&3 2>/dev/null &
exec 3<&-
wait $kamailio`;

export type ProcessListener = {
  /** With how it ended and the last errors of its main process. */
  readonly died: (why: string) => void;
};

export class KamailioProcess implements AsyncDisposable {
  readonly #command: readonly string[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #mask: (text: string) => string;
  readonly #listener: ProcessListener;
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #failures = 0;
  #next: Timer | undefined;
  #isDisposed = false;
  #linesInSecond = 0;
  /** Since this start. */
  #lastWords: readonly string[] = [];
  readonly #second: Timer;

  /** `mask` takes secrets out of what Kamailio writes. */
  constructor(
    command: readonly string[],
    clock: Clock,
    log: Log,
    mask: (text: string) => string,
    listener: ProcessListener,
  ) {
    this.#command = command;
    this.#clock = clock;
    this.#log = log;
    this.#mask = mask;
    this.#listener = listener;
    this.#second = clock.every(1_000, () => this.#countLines());
    this.#start();
  }

  /** It does not answer any more. */
  kill(): void {
    signalGroup(this.#child, "SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#next?.cancel();
    this.#second.cancel();
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => void child.once("close", () => resolve()));
    signalGroup(child, "SIGTERM");
    const late = this.#clock.after(endMs, () => signalGroup(child, "SIGKILL"));
    await gone;
    late.cancel();
  }

  #start(): void {
    this.#startedAt = this.#clock.now();
    this.#lastWords = [];
    const [file = "", ...args] = this.#command;
    const child = spawn("sh", ["-c", `exec 3<&0; ${keeper}`, "sh", file, ...args], {
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#child = child;
    child.stdin?.on("error", () => {});
    let rest = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-2_000);
      for (const line of lines) this.#say(line);
    });
    child.once("error", (error) => this.#log.error({ err: error }, "Kamailio could not be started"));
    // What is left of the group still holds the ports.
    child.once("exit", () => signalGroup(child, "SIGKILL"));
    // By then all that it said has been read.
    child.once("close", (code, signal) => {
      this.#child = undefined;
      if (!this.#isDisposed) this.#died(code ?? signal);
    });
  }

  #died(how: number | string | null): void {
    const wasCalm = this.#clock.now() - this.#startedAt > restart.calmMs;
    this.#failures = wasCalm ? 0 : this.#failures + 1;
    const afterMs = Math.min(restart.mostMs, restart.firstMs * 2 ** Math.min(Math.max(this.#failures - 1, 0), 16));
    this.#log.error({ how, afterMs, said: this.#lastWords }, "Kamailio has died and is started again");
    this.#listener.died([`Kamailio ended with ${how}`, ...this.#lastWords].join("; "));
    this.#next = this.#clock.after(afterMs, () => this.#start());
  }

  #say(line: string): void {
    const read = readLogLine(this.#mask(line));
    if (read === undefined) return;
    if (read.isLastWord) this.#lastWords = [...this.#lastWords, read.text].slice(-limits.lastWords);
    this.#linesInSecond += 1;
    if (this.#linesInSecond > limits.logLinesPerSecond) return;
    const { isGrave, text } = read;
    if (isGrave && !this.#isDisposed) this.#log.error({ kamailio: text }, "Kamailio complains");
    else this.#log.debug({ kamailio: text }, "Kamailio says");
  }

  #countLines(): void {
    const left = this.#linesInSecond - limits.logLinesPerSecond;
    if (left > 0) this.#log.debug({ lines: left }, "Kamailio has said more than is written down");
    this.#linesInSecond = 0;
  }
}

const predecessor = { lookMs: 50, patienceMs: 8_000 } as const;

/**
 * Kamailio of a gateway that was killed holds the ports while it hangs up that one's phones: it is waited for, and killed
 * where it stays. It is known by the pid file in our directory and the configuration it was started with.
 */
export async function awaitPredecessor(pidPath: string, configPath: string, log: Log): Promise<void> {
  const pid = Number(await readFile(pidPath, "utf8").catch(() => ""));
  const isThere = async () =>
    pid > 0 && (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").includes(configPath);
  const end = Date.now() + predecessor.patienceMs;
  if (await isThere()) log.info({ pid }, "Kamailio of a gateway before this one hangs up its phones");
  while (await isThere()) {
    if (Date.now() > end) process.kill(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, predecessor.lookMs));
  }
  await rm(pidPath, { force: true });
}

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}
