/** What a joined host was told reaches its roles, and what is set beside it wins. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** The environment that a role would be started with, where that file is at its place. */
function startedWith(told: string | undefined, env: Readonly<Record<string, string>>): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), "veche-host-"));
  try {
    const file = join(directory, "host.env");
    if (told !== undefined) writeFileSync(file, told);
    const script = readFileSync(join(import.meta.dirname, "with-host.sh"), "utf8").replace("/run/veche/host.env", file);
    const given = { PATH: process.env.PATH ?? "", ...env };
    const text = execFileSync("sh", ["-c", script, "with-host.sh", "env"], { env: given, encoding: "utf8" });
    return Object.fromEntries(
      text
        .trim()
        .split("\n")
        .map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("each line becomes a setting, unless it is set already; an empty one counts as not set", () => {
  const told =
    "NATS_URL=tls://10.0.0.1:4222,tls://10.0.0.2:4222\nVECHE_HOST_ID=school-7\nVECHE_WEB_ORIGIN=https://meet.example/?a=b\n";
  const env = startedWith(told, { VECHE_HOST_ID: "mine", NATS_URL: "" });
  assert.equal(env.NATS_URL, "tls://10.0.0.1:4222,tls://10.0.0.2:4222");
  assert.equal(env.VECHE_HOST_ID, "mine");
  assert.equal(env.VECHE_WEB_ORIGIN, "https://meet.example/?a=b");
});

test("nothing in the file is run, and what is no setting is left out", () => {
  const env = startedWith("A=$(echo ran)`echo ran`;echo ran\nlower=x\n\n# text\nB C=x\n", {});
  assert.equal(env.A, "$(echo ran)`echo ran`;echo ran");
  assert.ok(!("lower" in env) && !("B C" in env));
});

test("on the one host there is no such file, and nothing changes", () => {
  assert.equal(startedWith(undefined, { NATS_URL: "nats://nats:4222" }).NATS_URL, "nats://nats:4222");
});
