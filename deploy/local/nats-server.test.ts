import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus, type NatsConfig } from "@veche/kit/nats-bus.ts";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { credsFileOf, ensureAccounts } from "../nats/accounts.ts";
import { prepareNatsServer } from "./nats-server.ts";
import { freePorts } from "./ports.ts";
import { type Program, Supervisor } from "./supervisor.ts";

const binary = findNatsServer();
const skip = binary ? false : "there is no nats-server (PATH, /usr/sbin, NATS_SERVER_BIN)";
const adopt = join(import.meta.dirname, "../nats/adopt-streams.sh");

async function running(program: Program): Promise<AsyncDisposable> {
  const supervisor = new Supervisor(program);
  const ready = new Promise<void>((resolve) =>
    supervisor.on("line", (line) => line.includes("Server is ready") && resolve()),
  );
  supervisor.start();
  await ready;
  return { [Symbol.asyncDispose]: () => supervisor.stop() };
}

function openBus(config: NatsConfig): Promise<NatsBus> {
  return NatsBus.open(config, { role: "recorder", instance: "r1", version: "0" }, { log: silentLog });
}

test("whoever comes from a server without accounts finds everything that was stored, and it is kept from then on", {
  skip,
}, async () => {
  await using place = await mkdtempDisposable(join(tmpdir(), "veche-adopt-"));
  const { nats: port } = await freePorts();
  const directory = join(place.path, "nats");
  const secrets = join(place.path, "secrets");
  const args = ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", directory];
  const url = `nats://127.0.0.1:${port}`;
  mkdirSync(directory);
  {
    await using _old = await running({ name: "nats", command: binary ?? "", args, env: {}, cwd: directory });
    await using bus = await openBus({ url });
    const bucket = await bus.bucket(buckets.recordings, PersonSchema);
    for (const key of ["a", "b", "c"]) await bucket.put(key, { displayName: `lesson ${key}` });
  }
  for (const wanted of [3, 4]) {
    await using _new = await running(await prepareNatsServer({ binary: binary ?? "", port, directory, secrets }));
    await using bus = await openBus({ url, credsFile: credsFileOf(secrets, "recorder") });
    const bucket = await bus.bucket(buckets.recordings, PersonSchema);
    const found = (await Array.fromAsync(bucket.entries())).map(({ key, value }) => `${key}: ${value?.displayName}`);
    assert.equal(found.length, wanted, found.join());
    assert.ok(found.includes("a: lesson a"));
    await bucket.put("d", { displayName: "lesson d" });
  }
});

test("what was stored under lost keys is taken over too; where it is not clear which, the start says so", async () => {
  await using place = await mkdtempDisposable(join(tmpdir(), "veche-adopt-"));
  const { veche } = await ensureAccounts(join(place.path, "secrets"));
  const other = (await ensureAccounts(join(place.path, "other"))).veche;
  const root = join(place.path, "jetstream");
  const run = () => execFileSync("sh", [adopt, place.path, veche], { encoding: "utf8", stdio: "pipe" });
  assert.equal(run(), "");
  mkdirSync(join(root, other, "streams", "CONFERENCE"), { recursive: true });
  mkdirSync(join(root, "$G", "streams"), { recursive: true });
  assert.match(run(), new RegExp(`streams of ${other} are the account's now`));
  assert.ok(existsSync(join(root, veche, "streams", "CONFERENCE")));
  mkdirSync(join(root, "$G", "streams", "CONFERENCE"), { recursive: true });
  assert.equal(run(), "");
  const third = (await ensureAccounts(join(place.path, "third"))).veche;
  assert.throws(
    () => execFileSync("sh", [adopt, place.path, third], { encoding: "utf8", stdio: "pipe" }),
    /expected the streams of one earlier account, found \$G and A/,
  );
});
