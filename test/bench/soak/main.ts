/** Calls that come and go for so long, and whether the memory of each process stays what it was. See README.md. */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTestStack, type TestStack } from "../../harness/stack.ts";
import { Crowd } from "../../load/crowd.ts";
import { placeOf } from "../../load/place.ts";
import { wholeNumber } from "../arguments.ts";
import { round } from "../figures.ts";
import { memoryOf } from "../memory.ts";
import { type LeftOver, leftOver } from "./left-over.ts";
import { median, type Sample, slopePerHour } from "./slope.ts";

const sampleMs = 10_000;

type Options = { readonly minutes: number; readonly rooms: number; readonly people: number; readonly seconds: number };

type Growth = {
  readonly firstMiB: number;
  readonly lastMiB: number;
  /** Over the second half. */
  readonly slopeMiBPerHour: number;
};

export type SoakResult = {
  readonly options: Options;
  readonly sittings: number;
  readonly failed: number;
  readonly memory: Readonly<Record<string, Growth>>;
  readonly left: LeftOver;
};

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "60" },
      rooms: { type: "string", default: "3" },
      people: { type: "string", default: "5" },
      seconds: { type: "string", default: "20" },
    },
  });
  return {
    minutes: wholeNumber("minutes", values.minutes, 1, 1440),
    rooms: wholeNumber("rooms", values.rooms, 1, 20),
    people: wholeNumber("people", values.people, 2, 50),
    seconds: wholeNumber("seconds", values.seconds, 1, 600),
  };
}

export async function benchSoak(args: readonly string[], say: (text: string) => void): Promise<SoakResult> {
  const options = readOptions(args);
  await using stack = await startTestStack({ LOG_LEVEL: "warn" });
  const ending = AbortSignal.timeout(options.minutes * 60_000);
  const count = { sittings: 0, failed: 0 };
  const samples = new Map<string, Sample[]>();
  const rooms = Array.from({ length: options.rooms }, (_, room) => keepGoing(stack, room, options, ending, count));
  while (!ending.aborted) {
    await pause(sampleMs, undefined, { signal: ending }).catch(() => undefined);
    note(stack, samples);
  }
  await Promise.all(rooms);
  const result: SoakResult = {
    options,
    ...count,
    memory: Object.fromEntries([...samples].map(([name, each]) => [name, growthOf(each)])),
    left: await leftOver(stack),
  };
  print(result, say);
  return result;
}

async function keepGoing(
  stack: TestStack,
  room: number,
  { people, seconds }: Options,
  ending: AbortSignal,
  count: { sittings: number; failed: number },
): Promise<void> {
  for (let sitting = 1; !ending.aborted; sitting++) {
    const isGood = await sit(stack, `soak-${room}-${sitting}-${Date.now()}`, people, seconds);
    count.sittings += 1;
    if (!isGood) count.failed += 1;
  }
}

/** False where not everybody was connected. */
async function sit(stack: TestStack, room: string, people: number, seconds: number): Promise<boolean> {
  using crowd = await Crowd.open(placeOf(stack.local));
  try {
    await crowd.join({ room, people, joinsPerSecond: 2, speakers: 2 });
    await crowd.measure(seconds);
    return true;
  } catch {
    return false;
  } finally {
    // The last one vanishes.
    for (const participant of crowd.participants.slice(0, -1)) participant.leave();
  }
}

function note(stack: TestStack, samples: Map<string, Sample[]>): void {
  const workers = stack.local.workerPids().map((pid, index) => [`mediasoup worker ${index + 1}`, pid] as const);
  for (const [name, pid] of [...Object.entries(stack.local.pids()), ...workers]) {
    const sample = { atMs: performance.now(), value: memoryOf(pid).residentMiB };
    samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
}

function growthOf(samples: readonly Sample[]): Growth {
  const second = samples.slice(Math.floor(samples.length / 2));
  const few = Math.max(1, Math.floor(samples.length / 10));
  const middle = (some: readonly Sample[]) => round(median(some.map(({ value }) => value)));
  return {
    firstMiB: middle(samples.slice(0, few)),
    lastMiB: middle(samples.slice(-few)),
    slopeMiBPerHour: round(slopePerHour(second)),
  };
}

function print({ options, sittings, failed, memory, left }: SoakResult, say: (text: string) => void): void {
  say(`${options.minutes} minutes, ${sittings} sittings of ${options.people} people, ${failed} of them incomplete`);
  say("  resident MiB                        first    last   slope an hour, second half");
  for (const [name, { firstMiB, lastMiB, slopeMiBPerHour }] of Object.entries(memory))
    say(`  ${name.padEnd(34)}${figure(firstMiB)}${figure(lastMiB)}${figure(slopeMiBPerHour)}`);
  say(`  left behind: ${JSON.stringify(left)}`);
}

function figure(value: number): string {
  return value.toFixed(1).padStart(8);
}
