/** One installation runs once for each data directory. What a killed one left running is ended first. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export type Running = { readonly pid: number; readonly startTime: string };

type LockRecord = Running & { readonly url: string; readonly children: readonly Running[] };

export class AlreadyRunning extends Error {
  constructor(record: { readonly pid: number; readonly url: string }, options?: ErrorOptions) {
    super(
      `Veche is already running here: ${record.url}, process ${record.pid}. It ends with Ctrl-C, or: kill ${record.pid}`,
      options,
    );
    this.name = "AlreadyRunning";
  }
}

export class Lock implements Disposable {
  readonly #path: string;
  #record: LockRecord;

  private constructor(path: string, record: LockRecord) {
    this.#path = path;
    this.#record = record;
  }

  static async take(directory: string, url: string): Promise<Lock> {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, "lock.json");
    const record = { ...running(process.pid), url, children: [] };
    const old = readRecord(path);
    if (old && isRunning(old)) throw new AlreadyRunning(old);
    await Promise.all((old?.children ?? []).map(endLeftover));
    rmSync(path, { force: true });
    try {
      writeFileSync(path, JSON.stringify(record), { flag: "wx", mode: 0o600 });
    } catch (error) {
      throw new AlreadyRunning(readRecord(path) ?? { pid: 0, url }, { cause: error });
    }
    return new Lock(path, record);
  }

  /** Remembers which processes to end if this one is killed. */
  setChildren(pids: readonly number[]): void {
    this.#record = { ...this.#record, children: pids.map(running) };
    writeFileSync(this.#path, JSON.stringify(this.#record), { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true });
  }
}

async function endLeftover(child: Running): Promise<void> {
  while (isRunning(child)) {
    process.kill(child.pid, "SIGKILL");
    await pause(10);
  }
}

function readRecord(path: string): LockRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isLockRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isLockRecord(value: unknown): value is LockRecord {
  return typeof value === "object" && value !== null && "pid" in value && "startTime" in value && "children" in value;
}

function running(pid: number): Running {
  return { pid, startTime: startTime(pid) ?? "" };
}

/** A process id is given again after a while; with the time of its start it is the same process. */
function isRunning(process_: Running): boolean {
  try {
    process.kill(process_.pid, 0);
  } catch {
    return false;
  }
  return startTime(process_.pid) === (process_.startTime || undefined);
}

/** Field 22 of /proc/<pid>/stat; undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
