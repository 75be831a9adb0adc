import { Worker } from "node:worker_threads";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { OpenedLeg } from "./leg.ts";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";
import type { Leg, LegListener, Sound, SoundOptions } from "./sound.ts";

const defaults: SoundOptions = {
  address: "0.0.0.0",
  bridgeAddress: "",
  bridgePorts: { min: 0, max: 0 },
  ports: { min: 0, max: 0 },
  mediaTimeoutMs: 20_000,
  maxSpeakers: 6,
  promptsDirectory: "",
};

/** Starts the thread of the sound. */
export async function openSound(options: Partial<SoundOptions>, log: Log): Promise<Sound> {
  return new ThreadedSound({ ...defaults, ...options }, log);
}

type Opening = {
  readonly listener: LegListener;
  readonly opened: (leg: Leg) => void;
  readonly refused: (error: VecheError) => void;
};

/** Sound in a thread that is started anew when it dies. */
class ThreadedSound implements Sound {
  load = 0;
  readonly #options: SoundOptions;
  readonly #log: Log;
  readonly #legs = new Map<number, OpenedLeg>();
  readonly #opening = new Map<number, Opening>();
  #worker: Worker;
  #next = 1;
  #isClosed = false;

  constructor(options: SoundOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#worker = this.#start();
  }

  async openLeg(listener: LegListener): Promise<Leg> {
    if (this.#isClosed) throw new VecheError("unavailable", "the sound is closed");
    const id = this.#next;
    this.#next += 1;
    return await new Promise<Leg>((opened, refused) => {
      this.#opening.set(id, { listener, opened, refused });
      this.#tell({ type: "open", leg: id });
    });
  }

  announce(conference: string, prompts: readonly string[]): void {
    this.#tell({ type: "announce", conference, prompts });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const leg of [...this.#legs.values()]) leg.close();
    this.#failAll(new VecheError("unavailable", "the sound is closed"));
    await this.#worker.terminate();
  }

  #start(): Worker {
    const workerData: ThreadData = { options: this.#options };
    const worker = new Worker(new URL("./thread/main.ts", import.meta.url), { workerData });
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", (error) => this.#log.error({ err: error }, "the thread of the sound died"));
    worker.on("exit", () => this.#restart(worker));
    return worker;
  }

  #restart(worker: Worker): void {
    if (this.#isClosed || worker !== this.#worker) return;
    this.load = 0;
    this.#worker = this.#start();
    this.#failAll(new VecheError("unavailable", "the thread of the sound died"));
  }

  #failAll(error: VecheError): void {
    const legs = [...this.#legs.values()];
    const opening = [...this.#opening.values()];
    this.#legs.clear();
    this.#opening.clear();
    for (const { refused } of opening) refused(error);
    for (const leg of legs) leg.fail(error);
  }

  #tell(message: ToThread): void {
    if (!this.#isClosed) this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    if (message.type === "stats") {
      this.load = message.load;
      for (const [id, stats] of message.legs) this.#legs.get(id)?.hearStats(stats);
    } else if (message.type === "fault") this.#log.warn({ fault: message.fault }, "a prompt can't be played");
    else if (message.type === "opened") this.#hearOpened(message);
    else if (message.type === "refused") {
      this.#opening.get(message.leg)?.refused(new VecheError(message.code, message.message));
      this.#opening.delete(message.leg);
    } else if (message.type === "failed") this.#hearFailed(message);
    else this.#legs.get(message.leg)?.hear(message);
  }

  #hearFailed({ leg: id, message }: Extract<FromThread, { readonly type: "failed" }>): void {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    this.#log.error({ fault: message }, "the sound of a call can't go on");
    leg?.fail(new VecheError("internal", message));
  }

  #hearOpened({ leg: id, local }: Extract<FromThread, { readonly type: "opened" }>): void {
    const opening = this.#opening.get(id);
    this.#opening.delete(id);
    if (!opening) return;
    const leg = new OpenedLeg(id, local, opening.listener, {
      tell: (message) => this.#tell(message),
      closed: () => this.#legs.delete(id),
    });
    this.#legs.set(id, leg);
    opening.opened(leg);
  }
}
