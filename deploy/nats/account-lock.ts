/**
 * One command at a time changes the accounts of an installation: each reads what the servers have, adds to it and pushes the
 * whole, so of two at once one would undo the other. Commands in containers see neither each other's processes nor names,
 * only the directory of secrets: files there are the lock, and their age says whether somebody still holds it.
 *
 * The file with the highest number is the lock. Who finds it too old makes the next number, which succeeds for one only, and
 * the highest number is never removed: so a slow one can't take what is somebody else's by now.
 */
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { exitCodes, Fault } from "../users/fault.ts";
import { readOrNot } from "./files.ts";

export type LockTimes = {
  /** How often its owner shows that it is alive. */
  readonly beatMs: number;
  /** Without a sign of life for so long it is taken over. */
  readonly staleMs: number;
  /** How long another one waits for it. */
  readonly waitMs: number;
};

export const lockTimes: LockTimes = { beatMs: 2_000, staleMs: 15_000, waitMs: 60_000 };

/** Between two looks of who waits. */
const lookMs = 100;

type Owner = { readonly by: string; readonly pid: number; readonly host: string; readonly since: string };

export class AccountLock implements Disposable {
  readonly #directory: string;
  readonly #number: number;
  readonly #timer: NodeJS.Timeout;

  private constructor(directory: string, number: number, beatMs: number) {
    this.#directory = directory;
    this.#number = number;
    this.#timer = setInterval(() => this.#beat(), beatMs).unref();
  }

  /**
   * `by`: the command, for whoever waits. Says by `say` for whom this one waits; rejects with a Fault after `waitMs`.
   */
  static async take(
    secretsDirectory: string,
    by: string,
    say: (line: string) => void = (line) => console.error(line),
    { beatMs, staleMs, waitMs }: LockTimes = lockTimes,
  ): Promise<AccountLock> {
    const directory = join(secretsDirectory, "nats", "lock");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const from = performance.now();
    let hasSaid = false;
    for (;;) {
      const last = highest(directory);
      const ageMs = ageOf(fileOf(directory, last));
      if (ageMs >= staleMs) {
        if (!makeOwn(directory, last + 1, by)) continue;
        if (Number.isFinite(ageMs)) say(`the accounts were locked by ${ownerOf(directory, last)}, which is gone`);
        clearBelow(directory, last + 1);
        return new AccountLock(directory, last + 1, beatMs);
      }
      const owner = ownerOf(directory, last);
      if (performance.now() - from >= waitMs)
        throw new Fault("refused", `the accounts are still being changed by ${owner}: try again when it has ended`);
      if (!hasSaid) say(`waiting for ${owner}, which is changing the accounts`);
      hasSaid = true;
      await pause(lookMs);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (highest(this.#directory) === this.#number) utimesSync(this.#path, givenBack, givenBack);
  }

  get #path(): string {
    return fileOf(this.#directory, this.#number);
  }

  /** Who stood still for so long that another one took over must not go on. */
  #beat(): void {
    if (highest(this.#directory) === this.#number) {
      utimesSync(this.#path, new Date(), new Date());
      return;
    }
    console.error("this command stood still for too long, and another one changes the accounts by now: try again");
    process.exit(exitCodes.refused);
  }
}

/** The time of a file whose owner is done. */
const givenBack = new Date(0);

/** False where another one was quicker. */
function makeOwn(directory: string, number: number, by: string): boolean {
  const owner: Owner = { by, pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    writeFileSync(fileOf(directory, number), JSON.stringify(owner), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  // That number may have been somebody's whose file is removed by now: then there is a higher one.
  if (highest(directory) === number) return true;
  rmSync(fileOf(directory, number), { force: true });
  return false;
}

/** Neither backups nor hosts that join are given files of that name. */
function fileOf(directory: string, number: number): string {
  return join(directory, `${number}.lock`);
}

/** 0 where there is none yet. */
function highest(directory: string): number {
  return Math.max(0, ...numbersIn(directory));
}

function numbersIn(directory: string): readonly number[] {
  return readdirSync(directory).flatMap((name) => {
    const [, digits] = /^(\d{1,12})\.lock$/.exec(name) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
}

function clearBelow(directory: string, number: number): void {
  for (const each of numbersIn(directory)) if (each < number) rmSync(fileOf(directory, each), { force: true });
}

/** Infinite where nobody has it. A clock that was set back must not keep the lock for ever. */
function ageOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return !stat || stat.mtimeMs === 0 ? Number.POSITIVE_INFINITY : Math.abs(Date.now() - stat.mtimeMs);
}

/** For people. */
function ownerOf(directory: string, number: number): string {
  try {
    const { by, pid, host, since } = JSON.parse(readOrNot(fileOf(directory, number)) ?? "") as Owner;
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
    return `"${by}" (process ${pid} on ${host}, for ${seconds} s)`;
  } catch {
    // It was made this moment, and nothing is written in it yet.
    return "another command";
  }
}
