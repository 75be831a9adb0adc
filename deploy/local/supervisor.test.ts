import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Supervisor } from "./supervisor.ts";

function supervise(script: string): Supervisor {
  const supervisor = new Supervisor({
    name: "script",
    command: process.execPath,
    args: ["--eval", script],
    env: { PATH: process.env.PATH },
    cwd: process.cwd(),
  });
  return supervisor;
}

test("a program that is killed is started again within 200 ms", async () => {
  const supervisor = supervise("setInterval(() => {}, 1000); console.log('up')");
  const firstLine = once(supervisor, "line");
  supervisor.start();
  await firstLine;
  const first = supervisor.pid;
  const next = supervisor.nextStart();
  const ended = once(supervisor, "ended");
  supervisor.kill("SIGKILL");
  const [how, againInMs] = await ended;
  assert.match(how, /SIGKILL/);
  assert.ok(againInMs <= 200);
  assert.notEqual(await next, first);
  await supervisor.stop();
  assert.equal(supervisor.pid, undefined);
});

test("a program that keeps ending at its start is started slower each time", async () => {
  const supervisor = supervise("process.exit(3)");
  const delays: number[] = [];
  const enough = new Promise<void>((resolve) => {
    supervisor.on("ended", (how, againInMs) => {
      assert.match(how, /exit code 3/);
      delays.push(againInMs);
      if (delays.length === 3) resolve();
    });
  });
  supervisor.start();
  await enough;
  await supervisor.stop();
  assert.deepEqual(delays, [100, 200, 400]);
});

test("a program that cannot be started is reported like one that ended", async () => {
  const supervisor = new Supervisor({ name: "none", command: "/nonexistent/program", args: [], env: {}, cwd: "/" });
  const ended = once(supervisor, "ended");
  supervisor.start();
  const [how] = await ended;
  assert.match(how, /ENOENT/);
  await supervisor.stop();
});

test("stopping asks with SIGTERM and does not start again", async () => {
  const supervisor = supervise(
    "process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); setInterval(() => {}, 1000); console.log('up')",
  );
  const lines: string[] = [];
  supervisor.on("line", (line) => lines.push(line));
  const up = once(supervisor, "line");
  supervisor.start();
  await up;
  await supervisor.stop();
  assert.deepEqual(lines, ["up", "bye"]);
  assert.equal(supervisor.pid, undefined);
});
