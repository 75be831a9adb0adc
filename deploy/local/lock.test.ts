import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AlreadyRunning, Lock } from "./lock.ts";

function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "veche-lock-"));
}

test("a second start names the one that runs", async () => {
  const directory = temporaryDirectory();
  using _lock = await Lock.take(directory, "http://localhost:8000");
  await assert.rejects(Lock.take(directory, "http://localhost:9000"), (error) => {
    assert.ok(error instanceof AlreadyRunning);
    assert.match(error.message, new RegExp(`http://localhost:8000, process ${process.pid}`));
    return true;
  });
  rmSync(directory, { recursive: true });
});

test("a lock given back can be taken again", async () => {
  const directory = temporaryDirectory();
  (await Lock.take(directory, "http://localhost:8000"))[Symbol.dispose]();
  (await Lock.take(directory, "http://localhost:8000"))[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

test("what a killed installation left running is ended, and nothing else", async () => {
  const directory = temporaryDirectory();
  const leftover = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const stranger = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const lock = await Lock.take(directory, "http://localhost:8000");
  lock.setChildren([leftover.pid ?? 0, stranger.pid ?? 0]);
  const path = join(directory, "lock.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  // The owner is gone, and one of the process ids now belongs to somebody else.
  record.startTime = "1";
  record.children[1].startTime = "1";
  writeFileSync(path, JSON.stringify(record));
  const exit = once(leftover, "exit");
  using _next = await Lock.take(directory, "http://localhost:8000");
  assert.deepEqual(await exit, [null, "SIGKILL"]);
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
  stranger.kill("SIGKILL");
  await once(stranger, "exit");
  rmSync(directory, { recursive: true });
});
