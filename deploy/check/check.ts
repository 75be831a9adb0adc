/** `npm run check`: the whole verdict on a change in under a minute. */
import { availableParallelism } from "node:os";
import { parseArgs, styleText } from "node:util";
import { checkBreaking } from "./contracts.ts";
import { checkFirstLoad } from "./first-load.ts";
import { checkGenerated } from "./generated.ts";
import { checkImports } from "./imports.ts";
import { checkLock } from "./lock.ts";
import { command, type Outcome, type Step } from "./step.ts";
import { runUnitTests } from "./unit-tests.ts";

/** The longest first. */
const steps: readonly Step[] = [
  { name: "unit tests", run: runUnitTests },
  command("types", "tsc", ["-p", "."]),
  command("dead exports", "knip", ["--no-progress"]),
  command("types of the web app", "tsc", ["-p", "services/web/app", "--noEmit"]),
  command("format and lint", "biome", ["ci", "--colors=off", "--diagnostic-level=error", "--max-diagnostics=30", "."]),
  { name: "first load of the web app", run: checkFirstLoad },
  { name: "contracts only grow", run: checkBreaking },
  { name: "generated files", run: checkGenerated },
  command("contract lint", "buf", ["lint"], "proto"),
  { name: "imports between folders", run: checkImports },
  { name: "lock file", run: checkLock },
];

const { values } = parseArgs({ options: { only: { type: "string" }, all: { type: "boolean" } } });
const shownLines = values.all ? Number.POSITIVE_INFINITY : 60;
const chosen = steps.filter(({ name }) => !values.only || name.includes(values.only));
const failed: string[] = [];
const started = performance.now();

const queue = [...chosen];
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));

const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (failed.length > 0) {
  console.log(`\ncheck: ${failed.length} of ${chosen.length} failed in ${seconds} s: ${failed.join(", ")}`);
  process.exitCode = 1;
} else console.log(`\ncheck: all ${chosen.length} good in ${seconds} s`);

async function work(): Promise<void> {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const begun = performance.now();
    const outcome = await attempt(step);
    report(step.name, outcome, (performance.now() - begun) / 1000);
  }
}

async function attempt(step: Step): Promise<Outcome> {
  try {
    return await step.run();
  } catch (error) {
    return { isGood: false, output: error instanceof Error ? error.message : String(error) };
  }
}

function report(name: string, { isGood, output, note }: Outcome, seconds: number): void {
  const mark = isGood ? styleText("green", "good") : styleText("red", "FAIL");
  console.log(`${mark}  ${name.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s${note ? `  ${note}` : ""}`);
  if (isGood) return;
  failed.push(name);
  const lines = output.trimEnd().split("\n");
  console.log(lines.slice(0, shownLines).join("\n").replaceAll(/^/gm, "      "));
  if (lines.length > shownLines)
    console.log(`      … and ${lines.length - shownLines} lines more: npm run check -- --only "${name}" --all`);
}
