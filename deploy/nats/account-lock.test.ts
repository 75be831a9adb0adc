/** Two real processes at one directory of secrets. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readdir, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { AccountLock, type LockTimes, lockTimes } from "./account-lock.ts";

const module = join(import.meta.dirname, "account-lock.ts");

/** Holds the lock until its standard input ends, and says "mine" and "given back". */
const program = `
  const { AccountLock } = await import(process.argv[1]);
  const { directory, by, times } = JSON.parse(process.argv[2]);
  {
    using lock = await AccountLock.take(directory, by, undefined, times);
    console.log("mine");
    for await (const _ of process.stdin);
  }
  console.log("given back");
`;

class Command implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly said: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(directory: string, by: string, times: LockTimes = lockTimes) {
    const given = [module, JSON.stringify({ directory, by, times })];
    this.child = spawn(process.execPath, ["--input-type=module", "--eval", program, "--", ...given]);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.said.push(line);
        for (const look of this.#waiting) look();
      });
    }
  }

  async says(expected: RegExp): Promise<void> {
    while (!this.said.some((line) => expected.test(line))) {
      if (this.child.exitCode !== null) assert.fail(`expected ${expected}, found ${this.said.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        this.child.once("close", () => resolve());
      });
    }
  }

  async ends(): Promise<number> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    this.child.stdin?.end();
    const [code] = await once(this.child, "close");
    return Number(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "close");
    this.child.kill("SIGKILL");
    await ended;
  }
}

function folder() {
  return mkdtempDisposable(join(tmpdir(), "veche-account-lock-"));
}

test("of two commands the second says for whom it waits, and goes on when that has ended", async () => {
  await using place = await folder();
  await using first = new Command(place.path, "hosts remove school-7");
  await first.says(/^mine$/);
  await using second = new Command(place.path, "hosts add school-8");
  await second.says(/^waiting for "hosts remove school-7" \(process \d+ on \S+, for \d+ s\), which is changing/);
  assert.ok(!second.said.includes("mine"));
  assert.equal(await first.ends(), 0);
  await second.says(/^mine$/);
  assert.equal(await second.ends(), 0);
  assert.equal((await readdir(join(place.path, "nats/lock"))).length, 1);
});

test("who has waited too long is refused, and told by whom", async () => {
  await using place = await folder();
  using _held = await AccountLock.take(place.path, "subscribers add register");
  await using second = new Command(place.path, "hosts add school-8", { ...lockTimes, waitMs: 300 });
  await second.says(/Fault: the accounts are still being changed by "subscribers add register" .*: try again when/);
  assert.equal(await second.ends(), 1);
});

test("what a killed command left is taken over once it is old, by one only of those who wait", async () => {
  await using place = await folder();
  const killed = new Command(place.path, "hosts remove school-7");
  await killed.says(/^mine$/);
  await killed[Symbol.asyncDispose]();
  await using second = new Command(place.path, "a");
  await using third = new Command(place.path, "b");
  const both = [second, third];
  await Promise.all(both.map((each) => each.says(/^waiting for "hosts remove school-7"/)));
  const [left = ""] = await readdir(join(place.path, "nats/lock"));
  const longAgo = new Date(Date.now() - lockTimes.staleMs);
  await utimes(join(place.path, "nats/lock", left), longAgo, longAgo);
  const winner = await Promise.race(both.map((each) => each.says(/^mine$/).then(() => each)));
  const loser = winner === second ? third : second;
  assert.match(winner.said.join("\n"), /locked by "hosts remove school-7" .*, which is gone/);
  assert.ok(!loser.said.includes("mine"));
  assert.equal(await winner.ends(), 0);
  await loser.says(/^mine$/);
});

test("who lives shows it: a long command keeps the lock beyond the age at which it would be taken over", async () => {
  await using place = await folder();
  const times = { beatMs: 50, staleMs: 2_500, waitMs: 4_000 };
  await using first = new Command(place.path, "hosts add school-7", times);
  await first.says(/^mine$/);
  await assert.rejects(
    AccountLock.take(place.path, "late", () => {}, times),
    /still being changed by "hosts add school-7"/,
  );
});

test("a command that stood still so long that another took over ends, and leaves the other's lock alone", async () => {
  await using place = await folder();
  const times = { beatMs: 50, staleMs: 500, waitMs: 10_000 };
  await using first = new Command(place.path, "hosts add school-7", times);
  await first.says(/^mine$/);
  first.child.kill("SIGSTOP");
  using _second = await AccountLock.take(place.path, "hosts add school-8", () => {}, times);
  first.child.kill("SIGCONT");
  await first.says(/stood still for too long/);
  assert.equal(await first.ends(), 1);
  await assert.rejects(
    AccountLock.take(place.path, "third", () => {}, { ...lockTimes, waitMs: 0 }),
    /being changed by "hosts add school-8"/,
  );
});

test("many who come at once have it one after the other", async () => {
  await using place = await folder();
  let inside = 0;
  const turns = Array.from({ length: 20 }, async (_, index) => {
    using _alone = await AccountLock.take(place.path, `command ${index}`, () => {});
    inside += 1;
    assert.equal(inside, 1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  });
  await Promise.all(turns);
});
