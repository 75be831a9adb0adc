/** `npm run load`: many participants in one room of a stack of its own, and what they went through. See README.md. */
import { setUp } from "@veche/deploy/local/setup.ts";
import { cpuSecondsOf, isPinned, pinTo } from "../bench/process.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { Crowd } from "./crowd.ts";
import { type Options, readOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { type LoadReport, reportOn, textOf } from "./report.ts";

/** Of each process, while everybody was in: seconds of a processor each second. */
type Usage = Readonly<Record<string, number>>;

const options = readOptions(process.argv.slice(2));
await setUp((text) => console.error(`veche: ${text}`));
for (let round = 1; round <= options.rounds; round++) {
  const { report, usage } = await runOnce(options);
  if (options.json) console.log(JSON.stringify({ options, usage, report }));
  else console.log(`${textOf(report)}\nCores used\n${usageText(usage)}`);
}

async function runOnce(given: Options): Promise<{ readonly report: LoadReport; readonly usage: Usage }> {
  // What is started inherits the core.
  pinTo("server");
  await using stack = await startTestStack({ LOG_LEVEL: "info" }, { bridges: given.bridges });
  if (isPinned) pinTo("generator");
  using crowd = await Crowd.open(placeOf(stack.local));
  const { people, joinsPerSecond, speakers, cameras, transport, lastN, height, seconds } = given;
  const wishes = { lastN, height, onStage: [] };
  const everybody = await crowd.join({
    room: `load-${Date.now()}`,
    people,
    joinsPerSecond,
    speakers,
    cameras,
    transport,
    wishes,
  });
  const before = cpuOf(stack);
  await crowd.measure(seconds);
  const after = cpuOf(stack);
  const usage = Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, round2((used - (before[name] ?? 0)) / seconds)]),
  );
  return { report: reportOn(everybody, seconds), usage };
}

function cpuOf({ local }: TestStack): Usage {
  const ofRoles = Object.entries(local.pids()).map(([name, pid]) => [name, cpuSecondsOf(pid)]);
  return { ...Object.fromEntries(ofRoles), generator: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 };
}

function usageText(usage: Usage): string {
  return Object.entries(usage)
    .map(([name, cores]) => `  ${name.padEnd(34)}${cores}`)
    .join("\n");
}

function round2(value: number): number {
  return Math.round(value * 1000) / 1000;
}
