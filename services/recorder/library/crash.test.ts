import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { streams } from "@veche/proto/storage.ts";
import { temporaryFolder } from "../testing/library.ts";
import { Entries } from "./entries.ts";

const skip = findNatsServer() ? false : "nats-server is not installed";
const program = join(import.meta.dirname, "..", "testing", "finish-and-die.ts");

function run(...given: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...given], { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve) => child.once("exit", (status, signal) => resolve(signal ?? String(status))));
}

const places = ["begun", "assembling", "assembled", "described", "scripted", "listed", "uploaded", "told"];

/** Two at a time: each is a process. */
async function dieAtEach(all: readonly string[], story: string, look: (at: Died) => Promise<void>): Promise<void> {
  const middle = Math.ceil(all.length / 2);
  await Promise.all(
    [all.slice(0, middle), all.slice(middle)].map(async (half) => {
      for (const place of half) await dieAt(place, story, look);
    }),
  );
}

type Died = { readonly entry: Recording; readonly folder: string; readonly facts: number; readonly place: string };

async function dieAt(place: string, story: string, look: (at: Died) => Promise<void>): Promise<void> {
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
  assert.equal(await run(server.url, root, place, story), "SIGKILL", place);
  assert.equal(await run(server.url, root, "", story), "0", place);
  await using bus = await NatsBus.open(
    { url: server.url, user: "", password: "" },
    { role: "recorder", instance: "000000000001", version: "0" },
    { log: silentLog },
  );
  using entries = await Entries.open(bus);
  const entry = await entries.find("rec1");
  assert.ok(entry);
  assert.equal(entry.status, "available", place);
  const facts: string[] = [];
  for await (const { subject } of bus.replay(streams.conference, "conference.v1.*.*.*.recording.*"))
    facts.push(subject);
  const ran = (await readFile(join(folder.path, "ran"), "utf8")).trim().split("\n");
  // One that outlives the recorder has run before: at least once, as README.md says.
  assert.ok(ran.length === 1 || (place === "scripted" && ran.length === 2), place);
  await look({ entry, folder: join(root, "rec1"), facts: facts.length, place });
}

async function shown(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
}

const locations = ({ files }: Recording) => files.map(({ location }) => location);

test("killed anywhere, a recording is finished by the next start: one file, one entry, one fact", {
  skip,
}, async () => {
  await dieAtEach(places, "own", async ({ entry, folder, facts, place }) => {
    assert.deepEqual(locations(entry), ["s3://bucket/5A_2023-11-14.mp4", "s3://bucket/metadata.json"], place);
    assert.deepEqual(await shown(folder), ["5A_2023-11-14.mp4", "metadata.json"], place);
    assert.equal(facts, 1, place);
  });
});

test("killed anywhere, a further file is made by the next start, once, beside what is there", { skip }, async () => {
  await dieAtEach(["claimed", ...places], "further", async ({ entry, folder, facts, place }) => {
    const own = ["5A_2023-11-14.mp4", "5A_2023-11-14.metadata.json"];
    assert.deepEqual(locations(entry), ["recorder:r2", ...own.map((name) => `s3://bucket/${name}`)], place);
    const former = entry.former.map(({ recorder, state }) => [recorder, state]);
    assert.deepEqual([entry.recorder, former], ["r2", [["r1", "listed"]]], place);
    assert.deepEqual(await shown(folder), [...own, "metadata.json"].sort(), place);
    assert.equal(facts, 1, place);
  });
});

test("killed while a gap is filled, metadata.json is what the entry says it is, and calls it none", {
  skip,
}, async () => {
  await dieAtEach(["before amended", "amended"], "gap", async ({ entry, folder, place }) => {
    const text = await readFile(join(folder, "metadata.json"), "utf8");
    assert.deepEqual(JSON.parse(text).gaps, [], place);
    const listed = entry.files.find(({ name }) => name === "metadata.json");
    const sha256 = createHash("sha256").update(text).digest("hex");
    assert.deepEqual([listed?.sha256, listed?.location], [sha256, "s3://bucket/metadata.json"], place);
  });
});
