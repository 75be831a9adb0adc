/** `npm run load`: many participants in one room of a stack of its own, and what they went through. See README.md. */
import { setUp } from "@veche/deploy/local/setup.ts";
import { cpuSecondsOf, isPinned, pinTo } from "../bench/process.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { Crowd } from "./crowd.ts";
import { type Options, readOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { type LoadReport, reportOn, textOf } from "./report.ts";

/** Of each process, in seconds of a processor. */
type Usage = Readonly<Record<string, number>>;

const options = readOptions(process.argv.slice(2));
await setUp((text) => console.error(`veche: ${text}`));
for (let round = 1; round <= options.rounds; round++) {
  const run = await runOnce(options);
  if (options.json) console.log(JSON.stringify({ options, ...run }));
  else {
    console.log(textOf(run.report));
    console.log(`Seconds of a processor while joining\n${usageText(run.joining)}`);
    console.log(`Each second afterwards\n${usageText(run.eachSecond)}`);
  }
}

type RunOfLoad = { readonly report: LoadReport; readonly joining: Usage; readonly eachSecond: Usage };

async function runOnce(given: Options): Promise<RunOfLoad> {
  // What is started inherits the core.
  pinTo("server");
  await using stack = await startTestStack({ LOG_LEVEL: "info" }, { bridges: given.bridges });
  if (isPinned) pinTo("generator");
  using crowd = await Crowd.open(placeOf(stack.local));
  const { people, joinsPerSecond, speakers, cameras, transport, lastN, height, seconds } = given;
  const wishes = { lastN, height, onStage: [] };
  const atFirst = cpuOf(stack);
  const room = `load-${Date.now()}`;
  const joining = crowd.join({ room, people, joinsPerSecond, speakers, cameras, transport, wishes });
  // Some not getting in is a finding: the figures say how many did.
  await joining.catch((error: unknown) => console.error(`not everybody is in: ${String(error)}`));
  const before = cpuOf(stack);
  await crowd.measure(seconds);
  const after = cpuOf(stack);
  return {
    report: reportOn(crowd.participants, seconds),
    joining: between(atFirst, before, 1),
    eachSecond: between(before, after, seconds),
  };
}

function between(before: Usage, after: Usage, seconds: number): Usage {
  return Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, thousandths((used - (before[name] ?? 0)) / seconds)]),
  );
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

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
