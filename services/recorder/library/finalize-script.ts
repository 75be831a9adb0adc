import { spawn } from "node:child_process";
import { bound } from "../edge/children.ts";
import { libraryLimits } from "./limits.ts";

export type ScriptEnd = {
  readonly isGood: boolean;
  /** Why it is not: "ended with status 3". */
  readonly problem: string;
  /** The end of what it wrote, both outputs together. */
  readonly output: string;
};

/** Ours alone; an operator's own variables reach the script. */
const secrets = /^(?:NATS|JIBRI_RECORDER|VECHE_RECORDINGS_UPLOAD)_PASSWORD(?:_FILE)?$/;

/**
 * Runs the operator's program with the recording's folder as its only argument, without a shell. Never throws: a program
 * that can't be run, fails or lasts too long is told. Everything it has started in its group ends with it.
 */
export function runScript(
  path: string,
  folder: string,
  signal: AbortSignal,
  limitMs: number = libraryLimits.scriptMs,
): Promise<ScriptEnd> {
  return new Promise((resolve) => {
    const { file, args } = bound(path, [folder], { isLater: true });
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !secrets.test(name)));
    const child = spawn(file, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = Buffer.alloc(0);
    let cut = "";
    const keep = (chunk: Buffer) => {
      output = Buffer.concat([output, chunk]).subarray(-libraryLimits.scriptOutputBytes);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const kill = (why: string) => {
      cut ||= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself meanwhile.
      }
    };
    const onAbort = () => kill("the recorder is stopping");
    const timer = setTimeout(() => kill(`not done after ${Math.round(limitMs / 1000)} s`), limitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const end = (problem: string) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve({ isGood: problem === "", problem, output: output.toString("utf8").trim() });
    };
    child.once("error", (error) => end(`can't be run: ${error.message}`));
    // Not "close": a grandchild that was left behind on purpose may hold the pipes.
    child.once("exit", (status, cause) =>
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        if (cut !== "") end(cut);
        else if (status === 0) end("");
        else end(status === null ? `ended by ${cause}` : `ended with status ${status}`);
      }),
    );
  });
}
