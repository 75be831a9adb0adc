import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { type MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import { endedIn, openLibrary, ownerKey, record, recordingFor, temporaryFolder } from "../testing/library.ts";

async function factsOf(bus: MemoryBus | Awaited<ReturnType<typeof openLibrary>>["bus"]) {
  const facts: { name: string; body: Record<string, unknown> }[] = [];
  for await (const { subject, body } of bus.replay(streams.conference, "conference.v1.*.*.*.recording.*")) {
    facts.push({ name: subject.split(".").at(-1) ?? "", body: body as Record<string, unknown> });
  }
  return facts;
}

async function script(folder: string, text: string): Promise<string> {
  const path = join(folder, "finalize.sh");
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

test("an ended capture becomes a file with metadata, an entry and one fact", async () => {
  await using at = await openLibrary();
  const { bus, library, root } = at;
  const where = { tenant: "main", room: "room1", session: "s1" };
  const participant = { endpoint: "e1", person: "p_1" };
  const time = new Date(1_700_000_010_000).toISOString();
  await bus.record(
    conference.participantJoined,
    where,
    { ...where, participant, time },
    { id: "1", source: "x", time },
  );
  await library.begin(recordingFor());
  assert.equal((await library.entries.find("rec1"))?.status, "recording");
  await library.finish(await endedIn(root, recordingFor(), '{"share":true,"meeting_url":"no","__proto__":{"a":1}}'));
  await library.finishing.deliveries.settled();

  const entry = await library.entries.find("rec1");
  assert.equal(entry?.status, "available");
  assert.deepEqual(
    entry?.files.map(({ name, type, location }) => [name, type, location]),
    [
      ["5A_2023-11-14.mp4", "video/mp4", "recorder:r1"],
      ["metadata.json", "application/json", "recorder:r1"],
    ],
  );
  const metadata = JSON.parse(await readFile(join(root, "rec1", "metadata.json"), "utf8"));
  assert.equal(metadata.meeting_url, `https://meet.example/${encodeURIComponent("5А класс")}`);
  assert.deepEqual(metadata.participants, [{ endpoint: "e1", person: "p_1", joined: time }]);
  assert.equal(metadata.share, true);
  assert.equal(metadata.duration_seconds, 60);
  assert.deepEqual(
    metadata.parts.map(({ part }: { part: number }) => part),
    [1],
  );
  assert.deepEqual(metadata.gaps, []);
  const facts = await factsOf(bus);
  assert.deepEqual(
    facts.map(({ name }) => name),
    ["available"],
  );
  assert.equal(facts[0]?.body.seq, "1");
  assert.equal(facts[0]?.body.epoch ?? "0", "0");
  // Again, as after a crash of whoever asked: nothing changes and nothing is said twice.
  await library.finish(await endedIn(root));
  assert.equal((await factsOf(bus)).length, 1);
});

test("the finalize script has the folder as its only argument and none of our secrets", async () => {
  await using folder = await temporaryFolder();
  const path = await script(
    folder.path,
    'echo "$# $1"; env | grep -c PASSWORD; ls "$1"; echo made > "$1/thumbnail.txt"',
  );
  const lines: string[] = [];
  const log = createLogger("test", "info", { write: (line) => void lines.push(line) });
  process.env.NATS_PASSWORD = "hidden";
  await using at = await openLibrary({ scriptPath: path, log });
  await record(at);
  const { output } = JSON.parse(lines.find((line) => line.includes("finalize script")) ?? "{}") as { output: string };
  assert.deepEqual(output.split("\n"), [`1 ${join(at.root, "rec1")}`, "0", "5A_2023-11-14.mp4", "metadata.json"]);
  assert.ok((await readdir(join(at.root, "rec1"))).includes("thumbnail.txt"));
});

test("a script that fails, or hangs, is told in the log, bounded, and the recording is there all the same", async () => {
  await using folder = await temporaryFolder();
  for (const [text, problem] of [
    ["yes x | head -c 100000; exit 3", "ended with status 3"],
    ["sleep 60 & sleep 60", "not done after 1 s"],
  ] as const) {
    const lines: string[] = [];
    const log = createLogger("test", "error", { write: (line) => void lines.push(line) });
    await using at = await openLibrary({ scriptPath: await script(folder.path, text), log, scriptLimitMs: 800 });
    const entry = await record(at);
    assert.equal(entry.status, "available");
    assert.equal(lines.length, 1);
    assert.ok((lines[0] ?? "").includes(problem), lines[0]?.slice(0, 300));
    assert.ok((lines[0] ?? "").length < 20_000);
  }
});

test("files that the script took away are not listed, and those it changed are as they are now", async () => {
  await using folder = await temporaryFolder();
  await using at = await openLibrary({
    scriptPath: await script(folder.path, 'rm "$1"/*.mp4; echo "{}" > "$1/metadata.json"'),
  });
  const entry = await record(at);
  assert.deepEqual(
    entry.files.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [["metadata.json", 3n]],
  );
});

test("where nothing was recorded the folder goes, no script runs, and the entry says so", async () => {
  await using folder = await temporaryFolder();
  const scriptPath = await script(folder.path, `touch ${folder.path}/ran`);
  await using at = await openLibrary({ scriptPath, assemble: async () => ({ files: [], gaps: [] }) });
  const entry = await record(at);
  assert.equal(entry.status, "failed");
  assert.equal(entry.failure?.code, "no-media");
  assert.deepEqual(await readdir(at.root), []);
  assert.ok(!(await readdir(folder.path)).includes("ran"));
  assert.deepEqual(await factsOf(at.bus), []);
});

test("metadata that is no object is left out, and said in metadata.json", async () => {
  await using at = await openLibrary();
  for (const [index, given] of ["[1]", "{", `{"a":"${"x".repeat(70_000)}"}`].entries()) {
    const recording = recordingFor({ recording: `rec${index}` });
    await at.library.begin(recording);
    await at.library.finish(await endedIn(at.root, recording, given));
    const metadata = JSON.parse(await readFile(join(at.root, `rec${index}`, "metadata.json"), "utf8"));
    assert.match(metadata.warnings[0], /file_recording_metadata/);
  }
});

test("what a recorder that is away has is named as a gap; when it can be reached its parts come along", async () => {
  for (const isThere of [false, true]) {
    const network = new MemoryNetwork();
    await using first = await openLibrary({ network, recorder: "r0" });
    await first.library.begin(recordingFor({ recorder: "r0" }));
    await mkdir(join(first.root, "rec1", "parts", "1"), { recursive: true });
    await writeFile(join(first.root, "rec1", "parts", "1", "000-000001.ts"), "early");
    const seen: string[] = [];
    await using second = await openLibrary({
      network,
      assemble: async ({ directory, fileName }) => {
        seen.push(...(await readdir(directory, { recursive: true })));
        await writeFile(join(directory, `${fileName}.mp4`), "film");
        const file = { name: `${fileName}.mp4`, type: "video/mp4", sizeBytes: 4, durationSeconds: 1, sha256: "00" };
        return { files: [file], gaps: [] };
      },
    });
    if (isThere) {
      await first.app.listen({ host: "127.0.0.1", port: 0 });
      const { port } = first.app.server.address() as { port: number };
      await tellRecorder(second.bus, "r0", `http://127.0.0.1:${port}`);
    }
    const later = recordingFor({ startedMs: 1_700_000_030_000n });
    await mkdir(join(second.root, "rec1"), { recursive: true });
    await second.library.begin(later);
    await second.library.finish(await endedIn(second.root, later));
    const { gaps, started } = JSON.parse(await readFile(join(second.root, "rec1", "metadata.json"), "utf8"));
    assert.equal(started, new Date(1_700_000_000_000).toISOString());
    assert.equal(seen.includes("parts/1/000-000001.ts"), isThere);
    if (isThere) {
      assert.deepEqual(gaps, []);
      assert.deepEqual(await readdir(first.root), [], "they are dropped where they were");
    } else assert.deepEqual([gaps[0].missing_seconds, /r0/.test(gaps[0].reason)], [30, true]);
  }
});

async function tellRecorder(bus: Awaited<ReturnType<typeof openLibrary>>["bus"], recorder: string, httpOrigin: string) {
  const { RecorderStateSchema } = await import("@veche/proto/gen/veche/recorder/v1/recorder_pb.ts");
  const { buckets } = await import("@veche/proto/storage.ts");
  const bucket = await bus.bucket(buckets.recorders, RecorderStateSchema);
  await bucket.put(recorder, { recorder, httpOrigin, healthy: true });
}

test("parts are for recorders alone, and never of a recording that is finished there", async () => {
  await using at = await openLibrary();
  await record(at);
  for (const headers of [{}, { "x-recorder-proof": "" }, { "x-recorder-proof": ownerKey }]) {
    const answer = await at.app.inject({ url: "/internal/recordings/rec1/parts", headers });
    assert.equal(answer.statusCode, 403);
  }
});

test("after its age a recording is removed with its folder, and that is a fact", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using at = await openLibrary({ clock, keepMs: 24 * 3600_000 });
  const entry = await record(at);
  assert.equal(Number(entry.expiresMs), 1_700_000_060_000 + 24 * 3600_000);
  await at.library.removal.sweep();
  assert.ok(await at.library.entries.find("rec1"));
  await clock.advance(24 * 3600_000 + 120_000);
  await at.library.removal.sweep();
  assert.equal(await at.library.entries.find("rec1"), undefined);
  assert.deepEqual(await readdir(at.root), []);
  const facts = await factsOf(at.bus);
  assert.deepEqual(
    facts.map(({ name, body }) => [name, body.seq, body.reason]),
    [
      ["available", "1", undefined],
      ["deleted", "2", "retention"],
    ],
  );
});

test("a library that was lost is made again of what is on disk", async () => {
  await using folder = await temporaryFolder();
  {
    await using at = await openLibrary({ root: folder.path });
    await record(at, { title: "Physics" });
  }
  await using again = await openLibrary({ root: folder.path });
  const entry = await again.library.entries.find("rec1");
  assert.deepEqual([entry?.status, entry?.files.length], ["available", 2]);
});
