/** The thread of the sound. It is started by ../open.ts and ended by it. */
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { OpusCodecs } from "../codecs/opus.ts";
import type { FromThread, ThreadData, ToThread } from "../messages.ts";
import { PromptStore } from "../prompts/store.ts";
import { Desk } from "./desk.ts";
import { Ticker } from "./ticker.ts";

const statsMs = 1_000;

try {
  // Of this thread alone: it is late as soon as others on the machine go first. Wants root or CAP_SYS_NICE.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // It runs as others do.
}

const port = parentPort;
if (!port) throw new Error("expected to be a thread of the gateway");
const tell = (message: FromThread): void => port.postMessage(message);
const now = (): number => performance.now();
const { options } = workerData as ThreadData;

const opening = open();
// What is said before all is open waits for it, in order.
port.on("message", async (message: ToThread) => (await opening).hear(message));

async function open(): Promise<Desk> {
  const opus = new OpusCodecs();
  const prompts = await PromptStore.open(options.promptsDirectory, opus);
  for (const fault of prompts.faults) tell({ type: "fault", fault });
  const isLate = (): boolean => ticker.isLate;
  const desk = new Desk({ options, opus, prompts, now, isLate, tell });
  const ticker = new Ticker({ now, tick: (skipped) => desk.tick(skipped) });
  return desk;
}

let before = performance.eventLoopUtilization();
setInterval(async () => {
  const desk = await opening;
  const current = performance.eventLoopUtilization();
  const { utilization } = performance.eventLoopUtilization(current, before);
  before = current;
  tell({ type: "stats", load: utilization, legs: desk.stats() });
}, statsMs);
