/** What it costs the servers to deal with something: CPU, and memory that is left behind. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

/** For a stack whose burden is measured: each role says at SIGUSR2 what it holds. */
export const measurable = {
  NODE_OPTIONS: `--import=${new URL("./holding.ts", import.meta.url)} --max-semi-space-size=1`,
} as const;

export type Holding = { readonly heldBytes: number; readonly cpuMs: number };
type Role = "xmpp" | "focus" | "videobridge";
/** "worker": the media worker, whose memory is what the system says. */
export type Part = Role | "worker";

const leftBehindBytes = 5 * 1024 * 1024;
/** What a call costs that goes on beside it. */
const baselineMs = 2_000;

export async function holding(stack: TestStack, part: Part): Promise<Holding> {
  if (part === "worker") return holdingOfWorker(stack);
  const from = stack.lines.length;
  const answer = () =>
    stack.lines.slice(from).find((line) => line.from === part && line.text.startsWith('{"heldBytes"'));
  stack.local.signal(part, "SIGUSR2");
  await eventually(`${part} says what it holds`, () => (answer() ? undefined : "silent"), { pollMs: 20 });
  return JSON.parse(answer()?.text ?? "") as Holding;
}

const clockTicksPerSecond = 100;

function holdingOfWorker(stack: TestStack): Holding {
  const [pid] = stack.local.workerPids();
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const residentKiB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return { heldBytes: residentKiB * 1024, cpuMs: (ticks * 1000) / clockTicksPerSecond };
}

async function holdings(stack: TestStack, parts: readonly Part[]): Promise<Holding[]> {
  return Promise.all(parts.map((part) => holding(stack, part)));
}

/** Does it, says what each of the parts spent on each of `count` inputs, and fails where much is left behind. */
export async function measured(
  t: TestContext,
  stack: TestStack,
  parts: readonly Part[],
  count: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const idle = await holdings(stack, parts);
  await delay(baselineMs);
  const first = await holdings(stack, parts);
  const started = performance.now();
  await work();
  const elapsedMs = performance.now() - started;
  const last = await holdings(stack, parts);
  for (const [index, part] of parts.entries()) {
    const [before, from, to] = [idle[index], first[index], last[index]];
    if (before === undefined || from === undefined || to === undefined) continue;
    const usual = ((from.cpuMs - before.cpuMs) / baselineMs) * elapsedMs;
    const cpuMs = Math.max(0, to.cpuMs - from.cpuMs - usual) / count;
    const grown = to.heldBytes - from.heldBytes;
    t.diagnostic(
      `${part}: ${cpuMs.toFixed(3)} ms of CPU for each; ${(to.heldBytes / 1024 / 1024).toFixed(1)} MiB held, ${(grown / 1024).toFixed(0)} KiB more than before`,
    );
    assert.ok(grown <= leftBehindBytes, `${part}: ${grown} bytes are left behind`);
  }
  t.diagnostic(`${count} in ${(elapsedMs / 1000).toFixed(1)} s`);
}
