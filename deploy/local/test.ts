/**
 * `npm test [-- <suite>…]`: sets up what is missing, then the check, then everything in test/ that needs several
 * processes. The machine decides what cannot run (no container engine, no lib-jitsi-meet): those tests say so and skip.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  ensureAcmeServer,
  ensureChromium,
  ensureFirefox,
  ensurePostgres,
  ensurePrometheus,
  ensureRecording,
  ensureTelephones,
  ensureTurnServer,
  setUp,
} from "./setup.ts";

const root = resolve(import.meta.dirname, "../..");

/** In the order of what each builds on. `bench` measures and is no test. */
const suites = [
  "contract",
  "hosts",
  "observability",
  "media",
  "faults",
  "cluster",
  "interop",
  "e2e",
  "sip",
  "visual",
  "compose",
] as const;

type Count = { readonly passed: number; readonly failed: number; readonly skipped: number };

const say = (text: string) => console.log(`veche: ${text}`);
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !suites.some((suite) => suite === name));
if (unknown.length > 0) {
  console.error(`veche: there is no suite ${unknown.join(", ")}; there are ${suites.join(", ")}`);
  process.exit(1);
}

await setUp(say);
ensureChromium(say);
ensureFirefox(say);
ensureRecording(say);
ensureTelephones(say);
ensurePostgres(say);
ensurePrometheus(say);
ensureAcmeServer(say);
ensureTurnServer(say);
const isCheckGood = chosen.length > 0 || (await runCheck());
const count = await runSuites(chosen.length > 0 ? chosen : suites);
const { passed, failed, skipped } = count;
if (!isCheckGood) console.log("npm run check failed: see above");
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
if (!isCheckGood || failed > 0) process.exitCode = 1;

/** Its unit tests are counted there: one number would hide which of the two failed. */
async function runCheck(): Promise<boolean> {
  say("npm run check");
  return (await runNode([join(root, "deploy/check/check.ts")])) === 0;
}

async function runSuites(names: readonly string[]): Promise<Count> {
  const files = names.flatMap((name) => globSync(`test/${name}/**/*.test.ts`, { cwd: root }).sort());
  const directory = mkdtempSync(join(tmpdir(), "veche-tests-"));
  const report = join(directory, "report.tap");
  try {
    say(`${files.length} files of tests: ${names.join(", ")}`);
    const code = await runNode([
      "--test",
      // Each of these brings up programs and browsers of its own: side by side they would only wait for each other.
      "--test-concurrency=1",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=tap",
      `--test-reporter-destination=${report}`,
      ...files,
    ]);
    const counted = readCount(readFileSync(report, "utf8"));
    return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readCount(tap: string): Count {
  const of = (word: string) => Number(new RegExp(`^# ${word} (\\d+)`, "m").exec(tap)?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail") + of("cancelled"), skipped: of("skipped") };
}

async function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}
