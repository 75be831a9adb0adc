/** A videobridge in this process, with a real media worker and no NATS server. */

import { readFileSync } from "node:fs";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { createLogger, silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { schema } from "@veche/videobridge/config.ts";
import { start } from "@veche/videobridge/service.ts";

export async function startBridge(workerBin: string, env: Readonly<Record<string, string>> = {}) {
  const network = new MemoryNetwork();
  const bus = new MemoryBus(network, { role: "videobridge" });
  const config = readConfig(schema, {
    MEDIASOUP_WORKER_BIN: workerBin,
    VECHE_BRIDGE_ID: "jvb-test",
    JVB_PORT: "0",
    JVB_TCP_PORT: "0",
    COLIBRI_WEBSOCKET_PORT: "0",
    COLIBRI_REST_PORT: "0",
    VECHE_DRAIN_TIMEOUT: "0",
    ...env,
  });
  const log = process.env.VECHE_TEST_LOG ? createLogger("videobridge", "debug") : silentLog;
  const bridge = await start(
    {
      role: "videobridge",
      config,
      log,
      metrics: new Metrics("videobridge"),
      health: new Health(),
      instance: "0123456789ab",
      version: "0.0.0",
      signal: new AbortController().signal,
    },
    { bus },
  );
  const busOf = (role: "focus" | "recorder") => new MemoryBus(network, { role });
  return { bridge, busOf, focus: busOf("focus"), workerPids: () => childPids("mediasoup-work") };
}

/** Children of this process by the name of their program; Linux keeps 15 characters of it. */
function childPids(name: string): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);
  return children.filter((pid) => pid > 0 && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith(name));
}
