/** Gets the binary that mediasoup publishes, by the package's own script. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Mediasoup } from "./recipe.ts";

const timeoutMs = 180_000;

/** False where it can't be had: no network, no binary for this system, or one that does not run here. */
export async function downloadWorker({ directory }: Mediasoup, scratch: string, target: string): Promise<boolean> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const code = await runPostinstall(join(directory, "npm-scripts.mjs"), scratch);
    const binary = join(scratch, "worker/out/Release/mediasoup-worker");
    if (code !== 0 || !existsSync(binary)) return false;
    renameSync(binary, target);
    return true;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The script works in the directory it is started in, so that the package stays as it was. Where nothing can be
 * downloaded it would build with tools that it downloads: without Python it gives that up at once.
 */
function runPostinstall(script: string, cwd: string): Promise<number | null> {
  const { MEDIASOUP_WORKER_BIN: _, ...env } = process.env;
  const child = spawn(process.execPath, [script, "postinstall"], {
    cwd,
    env: { ...env, PYTHON: "false" },
    stdio: "ignore",
    timeout: timeoutMs,
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
}
