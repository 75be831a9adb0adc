/** The tests beside the code. Those that need several processes are in test/ and run with `npm test`. */
import { globSync } from "node:fs";
import { execute, type Outcome, root } from "./step.ts";

/**
 * Most take less than a second; those that start processes and kill them take up to twenty on a busy machine. One that never
 * ends must not stop the others.
 */
const testLimitMs = 90_000;

export async function runUnitTests(): Promise<Outcome> {
  const files = globSync(
    ["proto/**/*.test.ts", "services/**/*.test.ts", "deploy/**/*.test.ts", "test/{harness,bench,load}/**/*.test.ts"],
    {
      cwd: root,
      exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
    },
  );
  const outcome = await execute(process.execPath, [
    "--test",
    "--test-concurrency=2",
    `--test-timeout=${testLimitMs}`,
    "--test-force-exit",
    "--test-reporter=tap",
    ...files,
  ]);
  const counted = (word: string) => Number(new RegExp(`^# ${word} (\\d+)`, "m").exec(outcome.output)?.[1] ?? 0);
  return {
    isGood: outcome.isGood,
    output: failures(outcome.output),
    note: `${counted("pass")} passed, ${counted("fail") + counted("cancelled")} failed, ${counted("skipped")} skipped`,
  };
}

/** Of TAP, the tests that failed with what they said. */
function failures(tap: string): string {
  const blocks = tap.split(/^(?=\s*(?:not )?ok \d+ )/m).filter((block) => /^\s*not ok /.test(block));
  return blocks.length > 0 ? blocks.join("") : tap;
}
