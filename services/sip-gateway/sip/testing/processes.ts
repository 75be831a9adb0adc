/** Processes as /proc shows them. */
import { readdir, readFile } from "node:fs/promises";

type Stat = { readonly state: string; readonly parent: number; readonly ticks: number };

/** proc_pid_stat(5); undefined: it is gone. */
async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const [state = "", parent, ...rest] = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  return text === undefined ? undefined : { state, parent: Number(parent), ticks: Number(rest[9]) + Number(rest[10]) };
}

/** It and its children. */
export async function processesOf(pid: number): Promise<readonly number[]> {
  const found = [pid];
  for (const name of await readdir("/proc")) {
    if (/^\d+$/.test(name) && (await statOf(Number(name)))?.parent === pid) found.push(Number(name));
  }
  return found;
}

/** User and system time of them all, in hundredths of a second. */
export async function ticksOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map(statOf));
  return stats.reduce((sum, stat) => sum + (stat?.ticks ?? 0), 0);
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await statOf(pid);
  return stat !== undefined && stat.state !== "Z";
}
