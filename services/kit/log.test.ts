import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "./errors.ts";
import { createLogger } from "./log.ts";
import { formatLine } from "./log-format.ts";

function written(write: (log: ReturnType<typeof createLogger>) => void): {
  line: string;
  entry: Record<string, unknown>;
} {
  const lines: string[] = [];
  write(createLogger("focus", "debug", { write: (line) => void lines.push(line) }));
  assert.equal(lines.length, 1);
  return { line: lines[0] ?? "", entry: JSON.parse(lines[0] ?? "") as Record<string, unknown> };
}

test("a line is JSON with level, time, role, fields and words", () => {
  const { entry } = written((log) => log.info({ room: "r1", count: 2n, at: new Date(0) }, "room opened"));
  assert.match(String(entry.time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { time: _, ...rest } = entry;
  assert.deepEqual(rest, {
    level: "info",
    role: "focus",
    room: "r1",
    count: "2",
    at: "1970-01-01T00:00:00.000Z",
    msg: "room opened",
  });
});

test("what is secret never reaches the log, at any depth and in any text of a URL", () => {
  const secret = "hunter2";
  const fields = {
    pwd: secret,
    Password: secret,
    nested: { list: [{ token: secret, channelUrl: secret, channel_path: secret }], Authorization: secret },
    map: new Map([["jwt", secret]]),
    bytes: Buffer.from(secret),
    url: `nats://focus:${secret}@127.0.0.1:4222`,
    query: `wss://meet/colibri-ws/b/e/1?pwd=${secret}&x=1`,
    err: new Error(`refused wss://x?token=${secret}`, { cause: new Error(`//u:${secret}@h`) }),
  };
  const { line } = written((log) => log.child({ secret }).info(fields, "fields"));
  assert.doesNotMatch(line, /hunter2/);
  assert.match(line, /nats:\/\/focus:\*\*\*@127\.0\.0\.1/);
  assert.match(line, /\?pwd=\*\*\*&x=1/);
});

test("an error is logged with its code, its stack and its cause", () => {
  const { entry } = written((log) => {
    log.error({ err: new VecheError("not-found", "no room", { cause: new Error("why") }) }, "failed");
  });
  const err = entry.err as Record<string, unknown> & { cause: Record<string, unknown> };
  assert.deepEqual([err.type, err.code, err.message, err.cause.message], ["VecheError", "not-found", "no room", "why"]);
  assert.match(String(err.stack), /log\.test\.ts/);
});

test("a value that is too deep or refers to itself is cut", () => {
  const round: Record<string, unknown> = {};
  round.round = round;
  const { line } = written((log) => log.info({ round }, "deep"));
  assert.match(line, /\{…\}/);
});

test("less than the level is not written", () => {
  const lines: string[] = [];
  createLogger("focus", "warn", { write: (line) => void lines.push(line) }).info("quiet");
  assert.deepEqual(lines, []);
});

test("for people a line is short, and an error brings its stack", () => {
  const line = JSON.stringify({
    level: "warn",
    time: "2026-09-01T06:00:03.214Z",
    role: "focus",
    room: "k3vq",
    why: "two words",
    msg: "room closed",
  });
  assert.equal(formatLine(line), '06:00:03.214 warn  focus room closed room=k3vq why="two words"\n');
  const fault = JSON.stringify({ level: "error", time: "", role: "focus", err: { stack: "Error: x\nat y" }, msg: "m" });
  assert.equal(formatLine(fault), " error focus m\n    Error: x\n    at y\n");
  assert.equal(formatLine("no json\n"), "no json\n");
});
