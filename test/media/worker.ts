/** The media worker that this machine has, if any. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const ensure = resolve(import.meta.dirname, "../../deploy/mediasoup-worker/ensure.ts");

export function findWorker(): string | undefined {
  if (process.env.MEDIASOUP_WORKER_BIN) return process.env.MEDIASOUP_WORKER_BIN;
  const { status, stdout } = spawnSync(process.execPath, [ensure, "--find"], { encoding: "utf8" });
  const path = stdout?.trim();
  return status === 0 && path && existsSync(path) ? path : undefined;
}
