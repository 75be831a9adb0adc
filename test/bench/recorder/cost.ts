/** What a process and all it started cost over some seconds. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { childrenOf } from "../../harness/recording/children.ts";
import { round } from "../figures.ts";

export type Cost = {
  /** Of one core. */
  readonly cpuPercent: number;
  /** Shared pages divided among those who share them, at the end. */
  readonly proportionalMiB: number;
  readonly processes: number;
};

const ticksPerSecond = 100;
/** What has just begun costs more than what goes on. */
const settleMs = 5_000;

export async function costOver(pid: number, seconds: number): Promise<Cost> {
  await pause(settleMs);
  const before = usageOf(pid);
  const startedAt = performance.now();
  await pause(seconds * 1000);
  const after = usageOf(pid);
  const elapsed = (performance.now() - startedAt) / 1000;
  // What ended in between is no longer counted.
  const spent = [...after].reduce((sum, [one, used]) => sum + Math.max(0, used - (before.get(one) ?? 0)), 0);
  const pids = [...after.keys()];
  return {
    cpuPercent: round((100 * spent) / elapsed),
    proportionalMiB: round(pids.reduce((sum, one) => sum + proportionalOf(one), 0)),
    processes: pids.length,
  };
}

/** Seconds of processor time so far, by process. */
function usageOf(pid: number): Map<number, number> {
  const pids = [pid, ...childrenOf(pid).map((child) => child.pid)];
  return new Map(pids.map((one) => [one, secondsOf(one)]));
}

function secondsOf(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

function proportionalOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

/** Empty where it has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
