import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { streams } from "@veche/proto/storage.ts";
import { temporaryFolder } from "../testing/library.ts";
import { Entries } from "./entries.ts";

const skip = findNatsServer() ? false : "nats-server is not installed";
const program = join(import.meta.dirname, "..", "testing", "finish-and-die.ts");

function run(...given: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...given], { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve) => child.once("exit", (status, signal) => resolve(signal ?? String(status))));
}

test("killed anywhere, a recording is finished by the next start: one file, one entry, one fact", {
  skip,
}, async () => {
  const places = ["begun", "assembling", "assembled", "described", "scripted", "uploaded", "told"];
  await Promise.all(
    // Two at a time: each is a process.
    [places.slice(0, 4), places.slice(4)].map(async (half) => {
      for (const place of half) await dieAt(place);
    }),
  );
});

async function dieAt(place: string): Promise<void> {
  await using server = await NatsServer.start();
  await using folder = await temporaryFolder();
  const root = join(folder.path, "recordings");
  await mkdir(root);
  const script = join(folder.path, "finalize.sh");
  // `exec` through setpriv and nice: the recorder is its parent.
  await writeFile(
    script,
    `#!/bin/sh\nread p < ${folder.path}/place\n[ "$p" = scripted ] && kill -9 $PPID\necho "$1" >> ${folder.path}/ran\n`,
  );
  await chmod(script, 0o755);
  assert.equal(await run(server.url, root, place), "SIGKILL", place);
  assert.equal(await run(server.url, root, ""), "0", place);
  await using bus = await NatsBus.open(
    { url: server.url, user: "", password: "" },
    { role: "recorder", instance: "000000000001", version: "0" },
    { log: silentLog },
  );
  using entries = await Entries.open(bus);
  const entry = await entries.find("rec1");
  assert.equal(entry?.status, "available", place);
  assert.deepEqual(
    entry?.files.map(({ location }) => location),
    ["s3://bucket/5A_2023-11-14.mp4", "s3://bucket/metadata.json"],
    place,
  );
  const files = (await readdir(join(root, "rec1"))).filter((name) => !name.startsWith(".")).sort();
  assert.deepEqual(files, ["5A_2023-11-14.mp4", "metadata.json"], place);
  const facts: string[] = [];
  for await (const { subject } of bus.replay(streams.conference, "conference.v1.*.*.*.recording.*"))
    facts.push(subject);
  assert.equal(facts.length, 1, place);
  const ran = (await readFile(join(folder.path, "ran"), "utf8")).trim().split("\n");
  // One that outlives the recorder has run before: at least once, as README.md says.
  assert.ok(ran.length === 1 || (place === "scripted" && ran.length === 2), place);
}
