import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { silentLog } from "@veche/kit/log.ts";
import { MediasoupEngine } from "../edge/mediasoup-engine.ts";

/** The media worker that this machine has; a separate program says so, since this role imports nothing of deploy. */
export function findWorker(): string | undefined {
  if (process.env.MEDIASOUP_WORKER_BIN) return process.env.MEDIASOUP_WORKER_BIN;
  const ensure = resolve(import.meta.dirname, "../../../deploy/mediasoup-worker/ensure.ts");
  const { status, stdout } = spawnSync(process.execPath, [ensure, "--find"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

const workerBin = findWorker();

/** Why there is no test with a real worker, or false. */
export const withoutWorker =
  workerBin === undefined && "no media worker here: node deploy/mediasoup-worker/ensure.ts makes one";

export const engineRules = {
  workerBin: workerBin ?? "",
  workers: 1,
  listen: ["127.0.0.1"],
  udpPort: 0,
  tcpPort: 0,
  addresses: () => [{ ip: "127.0.0.1" }],
  relay: { listenAddress: "127.0.0.1", address: () => "127.0.0.1", portMin: 0, portMax: 0 },
};

/** On one address of this machine. */
export function openEngine(ip = "127.0.0.1"): Promise<MediasoupEngine> {
  return MediasoupEngine.open({ ...engineRules, listen: [ip], addresses: () => [{ ip }] }, silentLog);
}
