/** Processes and what they cost, from /proc (Linux). */
import { readdirSync, readFileSync } from "node:fs";

export type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly cpuSeconds: number;
};

/** Clock ticks a second: USER_HZ, 100 on every Linux that runs Node. */
const ticks = 100;

/** Below a process, itself left out. */
export function descendantsOf(pid: number): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const found: Process[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/** User and system time of a process, those of its threads included; undefined when it is gone or a zombie. */
export function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticks;
    return { pid, parent: Number(fields[1]), name: text.slice(text.indexOf("(") + 1, end), cpuSeconds };
  } catch {
    return undefined;
  }
}

/** Memory that is its own, and its share of what several have. */
export function proportionalBytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
