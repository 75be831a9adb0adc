/** What the machine, or this container's share of it, has to spare. */
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";

export type Cpu = { readonly busyFraction: number; readonly cores: number };

/** Reads a file of the kernel; undefined where there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

export const readKernel: ReadText = (path) => readFile(path, "utf8").catch(() => undefined);

/** Bytes that others than root may still write. */
export async function freeDisk(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** cgroup v2, https://docs.kernel.org/admin-guide/cgroup-v2.html; the container's own is mounted here. */
const group = "/sys/fs/cgroup";

type Sample = { readonly atMs: number; readonly groupUs?: number; readonly busy?: number; readonly all?: number };

/**
 * CPU as the busier of two: the machine's cores by /proc/stat, and what of its quota the container has used by cpu.stat.
 * Smoothed over some seconds, so that one busy moment turns nobody away.
 */
export class CpuMeter {
  readonly #read: ReadText;
  #last: Sample | undefined;
  #busyFraction = 0;
  #cores = availableParallelism();
  #isFirst = true;

  constructor(read: ReadText = readKernel) {
    this.#read = read;
  }

  get latest(): Cpu {
    return { busyFraction: this.#busyFraction, cores: this.#cores };
  }

  async measure(nowMs: number): Promise<Cpu> {
    const [stat, usage, quota] = await Promise.all([
      this.#read("/proc/stat"),
      this.#read(`${group}/cpu.stat`),
      this.#read(`${group}/cpu.max`),
    ]);
    const share = coresOf(quota);
    const all = availableParallelism();
    this.#cores = Math.min(all, share ?? all);
    const sample: Sample = { atMs: nowMs, ...machineOf(stat), groupUs: numberAfter(usage, "usage_usec") };
    const last = this.#last;
    this.#last = sample;
    if (!last || sample.atMs <= last.atMs) return this.latest;
    const fraction = Math.max(machineFraction(last, sample), groupFraction(last, sample, this.#cores));
    // About five seconds at a sample each second.
    this.#busyFraction = this.#isFirst ? fraction : this.#busyFraction + (fraction - this.#busyFraction) * 0.3;
    this.#isFirst = false;
    return this.latest;
  }
}

/** Bytes: the machine's, and no more than the container may still take. What the page cache holds counts as free. */
export async function freeMemory(read: ReadText = readKernel): Promise<number> {
  const [machine, limit, used, stat] = await Promise.all([
    read("/proc/meminfo"),
    read(`${group}/memory.max`),
    read(`${group}/memory.current`),
    read(`${group}/memory.stat`),
  ]);
  const available = (numberAfter(machine, "MemAvailable:") ?? 0) * 1024;
  if (!limit || !used || !/^\d+/.test(limit)) return available;
  const cached = numberAfter(stat, "inactive_file") ?? 0;
  return Math.min(available, Math.max(0, Number(limit) - Number(used) + cached));
}

function machineOf(stat: string | undefined): { busy?: number; all?: number } {
  const fields = /^cpu +(.*)$/m
    .exec(stat ?? "")?.[1]
    ?.split(/ +/)
    .map(Number);
  if (!fields) return {};
  // user nice system idle iowait irq softirq steal; guest time is in user already.
  const all = fields.slice(0, 8).reduce((sum, value) => sum + value, 0);
  return { all, busy: all - (fields[3] ?? 0) - (fields[4] ?? 0) };
}

function machineFraction(before: Sample, now: Sample): number {
  if (before.all === undefined || now.all === undefined || now.all <= before.all) return 0;
  return clamp(((now.busy ?? 0) - (before.busy ?? 0)) / (now.all - before.all));
}

function groupFraction(before: Sample, now: Sample, cores: number): number {
  if (before.groupUs === undefined || now.groupUs === undefined) return 0;
  return clamp((now.groupUs - before.groupUs) / ((now.atMs - before.atMs) * 1_000 * cores));
}

/** Of "150000 100000": one and a half; of "max 100000": undefined. */
function coresOf(quota: string | undefined): number | undefined {
  const [most, period] = (quota ?? "").trim().split(" ").map(Number);
  return most && period ? most / period : undefined;
}

function numberAfter(text: string | undefined, name: string): number | undefined {
  const line = text?.split("\n").find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}\t`));
  const found = line?.slice(name.length).trim().split(/\s/)[0];
  return found && /^\d+$/.test(found) ? Number(found) : undefined;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
