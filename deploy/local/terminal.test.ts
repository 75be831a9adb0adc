import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { ensureSecret } from "./secrets.ts";
import { terminalLine } from "./terminal.ts";

function shown(from: "focus" | "nats", line: string, isVerbose = false): string | undefined {
  const text = terminalLine(from, line, isVerbose);
  return text === undefined ? undefined : stripVTControlCharacters(text);
}

test("the terminal shows warnings and errors of the roles, the rest is for the log files", () => {
  const entry = (level: string) =>
    JSON.stringify({ level, time: "2026-09-01T06:00:00Z", role: "focus", msg: "bridge lost", bridge: "jvb" });
  assert.equal(shown("focus", entry("info")), undefined);
  assert.equal(shown("focus", entry("warn")), 'focus       bridge lost {"bridge":"jvb"}');
  assert.equal(shown("focus", entry("info"), true), 'focus       bridge lost {"bridge":"jvb"}');
});

test("what is no log entry is shown as it is: it tells why a program ends", () => {
  assert.equal(shown("focus", "SyntaxError: unexpected"), "focus       SyntaxError: unexpected");
  assert.equal(shown("nats", "[1] 2026/09/01 06:00:00 [INF] Server is ready"), undefined);
  assert.match(shown("nats", "[1] 2026/09/01 06:00:00 [FTL] no space") ?? "", /no space/);
});

test("a secret is made once, stays, and is for its owner only", () => {
  const directory = join(mkdtempSync(join(tmpdir(), "veche-secrets-")), "secrets");
  const secret = ensureSecret(directory, "x");
  assert.match(secret, /^p[0-9a-f]{48}$/);
  assert.equal(ensureSecret(directory, "x"), secret);
  assert.notEqual(ensureSecret(directory, "y"), secret);
  assert.equal(statSync(join(directory, "x")).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(directory, "x"), "utf8"), `${secret}\n`);
  rmSync(join(directory, ".."), { recursive: true });
});
