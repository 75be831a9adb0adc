import { spawn } from "node:child_process";
import { resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** What a step found: nothing, or the text a developer needs. `note` is shown beside a good result. */
export type Outcome = { readonly isGood: boolean; readonly output: string; readonly note?: string };

export type Step = { readonly name: string; run(): Promise<Outcome> | Outcome };

/** Without colours: the output is shown again, indented. */
const plain = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };

/** A tool from node_modules/.bin, or `node` itself. Its output counts only when it fails. */
export function command(name: string, program: string, args: readonly string[], cwd: string = root): Step {
  return { name, run: () => execute(program, args, cwd) };
}

export function execute(program: string, args: readonly string[], cwd: string = root): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: plain });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ isGood: false, output: `${program}: ${error.message}` }));
    child.once("close", (code) => resolve({ isGood: code === 0, output }));
  });
}
