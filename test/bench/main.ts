/**
 * `npm run bench`: what joining, a request between focus and XMPP server, and doing nothing cost here. Prints a table
 * and keeps the figures as JSON. It judges nothing: machines differ, only ratios within one run compare.
 * `npm run bench -- focus`: what it costs the focus when many join one room.
 * `npm run bench -- xmpp [options]`: the XMPP server beside Prosody and ejabberd, see xmpp/README.md.
 * `npm run bench -- web-app [options]`: how soon its pages can be used, what a call of many costs one, see web-app/README.md.
 * `npm run bench -- bridge [options]`: the bridge beside bare mediasoup and Janus, see bridge/README.md.
 * `npm run bench -- recorder [options]`: what recordings and live streams cost, see recorder/README.md.
 * `npm run bench -- tracks [options]`: recordings of tracks for each megabit, see recorder/README.md.
 * `npm run bench -- composite [options]`: composites by themselves and what is in them, see recorder/README.md.
 * `npm run bench -- sip [options]`: the sound of telephone calls, see sip/README.md.
 * `npm run bench -- containers`: what the containers take while nothing happens, and their images, see containers/README.md.
 * `npm run bench -- soak [options]`: an hour of calls that come and go, and the memory they leave, see soak/README.md.
 * `npm run bench -- webhooks [options]`: facts a second to one endpoint, how soon, and what that takes, see webhooks/README.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { setUp } from "@veche/deploy/local/setup.ts";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { startTestStack } from "../harness/stack.ts";
import { benchBridge } from "./bridge/main.ts";
import { benchContainers } from "./containers/main.ts";
import type { Distribution } from "./figures.ts";
import { benchFocus } from "./focus.ts";
import { type JoinResult, measureJoin } from "./join.ts";
import { type LatencyResult, measureLatency } from "./latency.ts";
import { type Memory, measureIdleMemory } from "./memory.ts";
import { benchComposites } from "./recorder/composite.ts";
import { benchRecorder } from "./recorder/main.ts";
import { benchTracks } from "./recorder/tracks.ts";
import { benchSip } from "./sip/main.ts";
import { benchSoak } from "./soak/main.ts";
import { benchWebApp } from "./web-app/main.ts";
import { benchWebhooks } from "./webhooks/main.ts";
import { benchXmpp } from "./xmpp/main.ts";

type Results = {
  readonly idleMemory: Record<string, Memory>;
  readonly latency: LatencyResult;
  readonly join: JoinResult | { readonly skipped: string };
};

async function measure(): Promise<Results> {
  await using stack = await startTestStack({ LOG_LEVEL: "info" });
  const idleMemory = await measureIdleMemory(stack.local);
  const latency = await measureLatency(stack.local);
  return {
    idleMemory,
    latency,
    join: await measureJoins(stack.roomUrl("bench")),
  };
}

async function measureJoins(roomUrl: string): Promise<Results["join"]> {
  const skipped = withoutBrowser();
  if (skipped) return { skipped };
  const browser = await launchBrowser();
  try {
    return await measureJoin(browser, roomUrl);
  } finally {
    await browser.close();
  }
}

const row = (name: string, { p50, p95, p99, max, samples }: Distribution): string =>
  `  ${name.padEnd(34)} p50 ${p50}  p95 ${p95}  p99 ${p99}  max ${max} ms  (${samples})`;

function print({ join, latency, idleMemory }: Results): void {
  console.log("Joining a room of two");
  if ("skipped" in join) console.log(`  skipped: ${join.skipped}`);
  else {
    console.log(row("join pressed → in the room", join.pressedToJoinedMs));
    console.log(row("join pressed → first frame", join.pressedToFirstFrameMs));
    console.log(row("join pressed → frames of all", join.pressedToAllFramesMs));
  }
  console.log("\nA request from focus to xmpp over NATS");
  console.log(row("pinned to one host", latency.pinnedMs));
  console.log(row(`apart: a link of ${latency.linkDelayMs} ms each way`, latency.apartMs));
  console.log("\nIdle memory, MiB: resident, and with shared pages divided");
  for (const [name, { residentMiB, proportionalMiB }] of Object.entries(idleMemory)) {
    console.log(`  ${name.padEnd(34)} ${residentMiB}  ${proportionalMiB}`);
  }
}

// Before a bench keeps to one core of it.
const machine = { cores: availableParallelism(), processor: cpus()[0]?.model ?? "", node: process.version };

/** With the time and the machine, under a name that sorts by time. */
async function keep(name: string, results: object): Promise<void> {
  const time = new Date().toISOString();
  const folder = join(import.meta.dirname, "results");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}${time.replaceAll(/[:.]/g, "-")}.json`);
  await writeFile(path, `${JSON.stringify({ time, machine, ...results }, null, 2)}\n`);
  console.log(`\nKept in ${path}`);
}

const [what, ...options] = process.argv.slice(2);
if (what === "focus") {
  await keep("focus-", { joins: await benchFocus((text) => console.log(text)) });
} else if (what === "xmpp") {
  await keep("xmpp-", await benchXmpp(options, (text) => console.log(text)));
} else if (what === "bridge") {
  await setUp((text) => console.log(`veche: ${text}`));
  await keep("bridge-", await benchBridge(options, (text) => console.log(text)));
} else if (what === "recorder") {
  await setUp((text) => console.log(`veche: ${text}`));
  await keep("recorder-", await benchRecorder(options, (text) => console.log(text)));
} else if (what === "tracks") {
  await setUp((text) => console.log(`veche: ${text}`));
  await keep("tracks-", await benchTracks(options, (text) => console.log(text)));
} else if (what === "composite") {
  await keep("composite-", await benchComposites(options, (text) => console.log(text)));
} else if (what === "sip") {
  await keep("sip-", await benchSip(options, (text) => console.log(text)));
} else if (what === "containers") {
  await keep("containers-", await benchContainers((text) => console.log(text)));
} else if (what === "soak") {
  await setUp((text) => console.log(`veche: ${text}`));
  await keep("soak-", await benchSoak(options, (text) => console.log(text)));
} else if (what === "webhooks") {
  await keep("webhooks-", await benchWebhooks(options, (text) => console.log(text)));
} else if (what === "web-app") {
  await setUp((text) => console.log(`veche: ${text}`));
  await keep("web-app-", await benchWebApp(options, (text) => console.log(text)));
} else {
  await setUp((text) => console.log(`veche: ${text}`));
  const results = await measure();
  print(results);
  await keep("", results);
}
