/** Drachtio-server keeps the calls of an application that died. A process beside the gateway hangs them up. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { DrachtioServer } from "./link.ts";
import { beatMs, type LastWord, type Line, saidStatus } from "./will.ts";

export class Executor implements AsyncDisposable {
  readonly #server: DrachtioServer;
  readonly #log: Log;
  readonly #onActed: () => void;
  readonly #beating: Timer;
  readonly #words = new Map<string, LastWord>();
  #child: ChildProcess;
  #isDisposed = false;

  /** `onActed`: it took us for dead, and has said all that there was to say. */
  constructor(server: DrachtioServer, clock: Clock, log: Log, onActed: () => void) {
    this.#server = server;
    this.#log = log;
    this.#onActed = onActed;
    this.#child = this.#start();
    this.#beating = clock.every(beatMs, () => this.#say({ type: "beat" }));
  }

  will(key: string, word: LastWord): void {
    this.#words.set(key, word);
    this.#say({ type: "will", key, word });
  }

  forget(key: string): void {
    this.#words.delete(key);
    this.#say({ type: "forget", key });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#beating.cancel();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#say({ type: "done" });
    await ended;
  }

  #start(): ChildProcess {
    // In a group of its own: what a terminal or a supervisor says to all of our group is not for it.
    const child = spawn(process.execPath, [join(import.meta.dirname, "executor-main.ts")], {
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin?.on("error", () => {});
    child.once("error", (error) => this.#log.error({ err: error }, "nobody will hang up if this process dies"));
    child.once("exit", (status) => {
      if (this.#isDisposed) return;
      if (status === saidStatus) this.#onActed();
      this.#child = this.#start();
      for (const [key, word] of this.#words) this.#say({ type: "will", key, word });
    });
    child.stdin?.write(`${JSON.stringify({ type: "server", server: this.#server } satisfies Line)}\n`);
    return child;
  }

  #say(line: Line): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }
}
