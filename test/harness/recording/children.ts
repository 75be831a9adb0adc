/** Programs that a process has started, found by what they are, to end one of them as a crash does. */
import { readdirSync, readFileSync } from "node:fs";

export type Child = { readonly pid: number; readonly command: readonly string[] };

/** All below a process, whatever the depth. */
export function childrenOf(pid: number): Child[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(entry);
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  const isBelow = (one: number): boolean => {
    const parent = parents.get(one);
    return parent !== undefined && parent > 1 && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow).map((each) => ({ pid: each, command: commandOf(each) }));
}

/** The browser itself, not one of its pages. */
export function browserOf(pid: number): number | undefined {
  const isBrowser = ({ command }: Child) =>
    /chrom/.test(command[0] ?? "") && command.some((word) => word.includes("--headless")) && !isPart(command);
  return childrenOf(pid).find(isBrowser)?.pid;
}

/** ffmpeg processes, in the order of their ids. */
export function encodersOf(pid: number): number[] {
  return childrenOf(pid)
    .filter(({ command }) => /(^|\/)ffmpeg$/.test(command[0] ?? ""))
    .map((child) => child.pid)
    .sort((one, other) => one - other);
}

function isPart(command: readonly string[]): boolean {
  return command.some((word) => word.startsWith("--type="));
}

function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
