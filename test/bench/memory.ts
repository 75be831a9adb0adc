/** Memory of each process of an installation in which nothing happens. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { round } from "./figures.ts";

const idleMs = 10_000;

export type Memory = { readonly residentMiB: number; readonly proportionalMiB: number };

export async function measureIdleMemory(stack: LocalStack): Promise<Record<string, Memory>> {
  await pause(idleMs);
  const processes: [string, number][] = Object.entries(stack.pids());
  for (const [index, pid] of stack.workerPids().entries()) processes.push([`mediasoup worker ${index + 1}`, pid]);
  const figures = Object.fromEntries(processes.map(([name, pid]) => [name, memoryOf(pid)]));
  const sum = (kind: keyof Memory): number => round(Object.values(figures).reduce((all, each) => all + each[kind], 0));
  return { ...figures, total: { residentMiB: sum("residentMiB"), proportionalMiB: sum("proportionalMiB") } };
}

/** Proportional: pages that several processes share are divided among them, so that the parts add up. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mebibytes = (field: string): number =>
    round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) / 1024);
  return { residentMiB: mebibytes("Rss"), proportionalMiB: mebibytes("Pss") };
}
