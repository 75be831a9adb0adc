/**
 * Somebody who is in no room asks the server every few milliseconds whether it is there. In a process of its own and
 * before others on its core: what is measured is the server, not the generator that counts what a full room gets.
 */
import { fork } from "node:child_process";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Client, type Transport } from "../clients/client.ts";
import type { Target } from "../clients/wire.ts";

const pingEveryMs = 10;
const highPriority = -10;

type Asked = { readonly target: Target; readonly transport: Transport } | "start" | "stop";
type Told = "ready" | readonly number[];

export class Outsider implements Disposable {
  readonly #process = fork(import.meta.filename);

  static async start(target: Target, transport: Transport): Promise<Outsider> {
    const outsider = new Outsider();
    try {
      await outsider.#ask({ target, transport });
    } catch (error) {
      outsider[Symbol.dispose]();
      throw error;
    }
    return outsider;
  }

  begin(): void {
    this.#process.send("start");
  }

  /** How long each answer took since it began, in milliseconds. */
  async end(): Promise<readonly number[]> {
    const told = await this.#ask("stop");
    return told === "ready" ? [] : told;
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }

  #ask(asked: Asked): Promise<Told> {
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    const ended = () => reject(new Error("the outsider has ended"));
    this.#process.once("exit", ended);
    this.#process.once("message", (told: Told) => {
      this.#process.off("exit", ended);
      resolve(told);
    });
    this.#process.send(asked);
    return promise;
  }
}

function serve(tell: (told: Told) => void): void {
  let client: Client | undefined;
  let run: Promise<readonly number[]> | undefined;
  let isOver = false;
  const ping = async (from: Client): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let number = 0; !isOver; number++) {
      const start = performance.now();
      await from.ping(`ping${number}`);
      times.push(performance.now() - start);
      await pause(pingEveryMs);
    }
    return times;
  };
  const hear = async (asked: Asked) => {
    if (asked === "start") {
      isOver = false;
      if (client) run = ping(client);
    } else if (asked === "stop") {
      isOver = true;
      tell((await run) ?? []);
    } else {
      client = new Client(asked.target, asked.transport);
      await client.signIn();
      tell("ready");
    }
  };
  process.on("message", (asked: Asked) => void hear(asked));
  process.on("disconnect", () => process.exit());
}

if (process.send && process.argv[1] === import.meta.filename) {
  try {
    setPriority(highPriority);
  } catch {
    // Not as root: then it competes with the generator.
  }
  serve((told) => void process.send?.(told));
}
