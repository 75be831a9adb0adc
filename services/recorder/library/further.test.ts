import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { Mode, RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { Folder } from "../session/folder.ts";
import { assembleOf, endedIn, type LibraryUnderTest, ownerKey, putFile, recordingFor } from "../testing/library.ts";
import { early, earlyEnded, finish, lateEnded, listen, Pair } from "../testing/pair.ts";
import type { LibraryOptions } from "./library.ts";
import type { Storage } from "./upload/storage.ts";

const key = { "x-recording-key": ownerKey };
const nothing: LibraryOptions["assemble"] = async () => ({ files: [], gaps: [] });

const metadataIn = async (root: string) => JSON.parse(await readFile(join(root, "rec1", "metadata.json"), "utf8"));

const ask = (at: LibraryUnderTest, path: string, headers: object = key, method: "GET" | "HEAD" | "DELETE" = "GET") =>
  at.app.inject({ method, url: `/recordings/api/recordings/rec1${path}`, headers: { ...headers } });

const rest = [
  ["5A_late.mp4", "recorder:r1"],
  ["metadata.json", "recorder:r1"],
] as const;
const beginning = [
  ["5A_early.mp4", "recorder:r0"],
  ["5A_early.metadata.json", "recorder:r0"],
] as const;

test("what a recorder has that was away becomes a further file, told again with all files, and is no gap any more", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  assert.deepEqual(await pair.files(), rest);
  assert.match((await metadataIn(pair.other.root)).gaps[0].reason, /r0/);
  const first = await pair.back();
  await finish(first);
  assert.deepEqual(await pair.files(), [...rest, ...beginning]);
  const entry = await pair.entry();
  assert.deepEqual(
    [entry?.recorder, entry?.former.map(({ recorder, state }) => [recorder, state])],
    ["r1", [["r0", "listed"]]],
  );
  const own = await metadataIn(pair.root);
  assert.deepEqual([own.recorder, own.further_to, own.files[0].name], ["r0", "r1", "5A_early.mp4"]);
  const names = (await pair.files()).map(([name]) => name);
  assert.deepEqual(await pair.facts(), [
    { name: "available", recorder: "r1", files: names.slice(0, 2), seq: "1" },
    { name: "available", recorder: "r0", files: names, seq: "2" },
  ]);

  await pair.other.library.finishing.lookAgain();
  await pair.other.library.finishing.deliveries.settled();
  const amended = await metadataIn(pair.other.root);
  assert.deepEqual([amended.gaps, amended.warnings], [[], []]);
  assert.deepEqual(
    amended.further_files.map(({ name }: { name: string }) => name),
    names.slice(2),
  );
  const told = await ask(pair.other, "/files/metadata.json");
  assert.deepEqual([told.statusCode, told.json().gaps], [200, []]);
  assert.equal((await pair.facts()).length, 2);
  // Again, as after a crash of whoever asked.
  await finish(first);
  await pair.other.library.finishing.lookAgain();
  assert.deepEqual(await pair.files(), [...rest, ...beginning]);
});

test("each file is sent by who has it: ranges, HEAD, downloads and links, whichever recorder is asked", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  const first = await pair.back();
  await finish(first);
  assert.equal((await ask(pair.other, "/files/5A_early.mp4")).statusCode, 503);
  await listen(first, "r0");
  await listen(pair.other, "r1");
  const link = await pair.other.app.inject({
    method: "POST",
    url: "/recordings/api/recordings/rec1/links",
    headers: key,
    payload: { expiresInSeconds: 3600 },
  });
  const { id, secret } = link.json();
  const session = await pair.other.app.inject({
    method: "POST",
    url: "/recordings/api/session",
    payload: { link: { recording: "rec1", id, secret } },
  });
  const guest = { cookie: String(session.headers["set-cookie"]).split(";")[0] };
  for (const at of [first, pair.other]) {
    for (const [name, content] of [
      ["5A_early.mp4", "the beginning"],
      ["5A_late.mp4", "the rest"],
    ] as const) {
      const part = await ask(at, `/files/${name}?download`, { ...guest, range: "bytes=4-6" });
      assert.deepEqual([part.statusCode, part.body], [206, content.slice(4, 7)], name);
      assert.match(String(part.headers["content-disposition"]), /^attachment/);
      const head = await ask(at, `/files/${name}`, guest, "HEAD");
      assert.deepEqual([head.statusCode, head.headers["content-length"]], [200, String(content.length)], name);
    }
    // Both have a metadata.json in their folder.
    assert.equal((await ask(at, "/files/metadata.json")).json().recorder, "r1");
    assert.equal((await ask(at, "/files/5A_early.metadata.json")).json().recorder, "r0");
  }
  const { files, durationSeconds } = (await ask(first, "")).json();
  assert.deepEqual([files.length, durationSeconds], [4, 120]);
});

test("parts that an earlier process has left are found at the start", async () => {
  await using pair = await Pair.make();
  const { job } = await earlyEnded(pair.root);
  const left = join(pair.root, "left");
  const folder = await Folder.make(left, { recording: early, job, fileName: "5A_early" });
  await folder.beginAttempt({ attempt: 1, recorder: "r0", startedMs: 1_700_000_000_000, layout: "speaker" });
  await folder.end(1_700_000_020_000);
  await folder.finished();
  await pair.finishByOther();
  const first = await pair.back({ root: left });
  await first.library.finishing.lookAgain();
  assert.deepEqual(await pair.files(), [...rest, ...beginning]);
});

test("while the other is at it the parts wait; fetched they are in its file, and go here", async () => {
  await using pair = await Pair.make();
  const first = await pair.back();
  await finish(first);
  assert.deepEqual(await readdir(join(pair.root, "rec1")), ["parts"]);
  await listen(first, "r0");
  await pair.finishByOther();
  assert.deepEqual(await pair.files(), rest);
  assert.deepEqual((await pair.entry())?.former, []);
  assert.deepEqual(await readdir(pair.root), []);
  await first.library.finishing.lookAgain();
  assert.deepEqual(await pair.files(), rest);
});

test("who went away after its parts were fetched removes them when it is back", async () => {
  await using pair = await Pair.make({}, async (ended) => {
    await first.app.close();
    return assembleOf("all of it")(ended);
  });
  const first = await pair.back();
  await listen(first, "r0");
  await pair.finishByOther();
  assert.deepEqual(
    (await pair.entry())?.former.map(({ state }) => state),
    ["joined"],
  );
  await finish(first);
  assert.deepEqual(await readdir(pair.root), []);
  assert.deepEqual([await pair.files(), (await pair.entry())?.former], [rest, []]);
});

test("parts that were fetched in part are in no file, and stay where they are", async () => {
  const seen: string[] = [];
  await using pair = await Pair.make({}, async (ended) => {
    seen.push(...(await readdir(ended.directory, { recursive: true })));
    return assembleOf("the rest")(ended);
  });
  const asked: string[] = [];
  const server = createServer(({ method, url = "" }, answer) => {
    asked.push(`${method}`);
    const files = ["000-000001.ts", "000-000002.ts"].map((name) => ({ path: `parts/1/${name}`, sizeBytes: 5 }));
    if (url.endsWith("/parts")) answer.end(JSON.stringify({ files }));
    else if (url.endsWith("000-000001.ts")) answer.end("early");
    else answer.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bucket = await pair.other.bus.bucket(buckets.recorders, RecorderStateSchema);
  const { port } = server.address() as { port: number };
  await bucket.put("r0", { recorder: "r0", httpOrigin: `http://127.0.0.1:${port}`, healthy: true });
  await pair.finishByOther();
  server.close();
  assert.ok(!seen.some((name) => name.includes("000-000001")), seen.join());
  assert.deepEqual(asked, ["GET", "GET", "GET"], "nothing is dropped that is not here");
  await finish(await pair.back());
  assert.deepEqual(await pair.files(), [...rest, ...beginning]);
});

test("where who finished it had nothing, the recording is there with what the first one has", async () => {
  await using pair = await Pair.make({}, nothing);
  await pair.finishByOther();
  assert.equal((await pair.entry())?.status, "failed");
  const first = await pair.back();
  await finish(first);
  const entry = await pair.entry();
  assert.deepEqual([entry?.status, entry?.failure, entry?.recorder, entry?.former], ["available", undefined, "r0", []]);
  assert.deepEqual(await pair.files(), beginning);
  assert.deepEqual(
    (await pair.facts()).map(({ name, recorder }) => [name, recorder]),
    [["available", "r0"]],
  );
});

test("where the parts hold nothing the folder goes, and the recording stays as it is", async () => {
  for (const assemble of [assembleOf("the rest"), nothing]) {
    await using pair = await Pair.make({}, assemble);
    await pair.finishByOther();
    const { status } = (await pair.entry()) ?? {};
    await finish(await pair.back({ assemble: nothing }));
    const entry = await pair.entry();
    assert.deepEqual([entry?.status, entry?.recorder, entry?.former], [status, "r1", []]);
    assert.deepEqual(await readdir(pair.root), []);
  }
});

test("deleted while the first one is away, it is gone for all at once; the first one removes its parts when it is back", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  const answer = await ask(pair.other, "", key, "DELETE");
  assert.deepEqual([answer.statusCode, answer.json().recorders], [202, ["r0"]]);
  assert.equal((await ask(pair.other, "")).statusCode, 404);
  assert.deepEqual(await readdir(pair.other.root), []);
  await pair.other.library.removal.sweep();
  const first = await pair.back();
  await finish(first);
  await first.library.removal.sweep();
  assert.deepEqual([await readdir(pair.root), await pair.entry()], [[], undefined]);
  assert.deepEqual(
    (await pair.facts()).map(({ name }) => name),
    ["available", "deleted"],
  );
  // As one that knows only its folder.
  await putFile(join(pair.root, "rec1", "parts", "1"), "000-000001.ts", "early", "video/mp2t");
  await finish(first);
  assert.deepEqual([await readdir(pair.root), await pair.entry()], [[], undefined]);
});

test("deleted while it makes the further file, nothing is left of it", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  const begun = Promise.withResolvers<void>();
  const first = await pair.back({
    assemble: ({ signal }) =>
      new Promise((_resolve, reject) => {
        begun.resolve();
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  });
  const finishing = finish(first);
  await begun.promise;
  assert.equal((await ask(pair.other, "", key, "DELETE")).statusCode, 202);
  await Promise.all([assert.rejects(finishing), first.library.removal.sweep()]);
  assert.deepEqual([await readdir(pair.root), await pair.entry()], [[], undefined]);
});

test("a removal that was cut off before its last word is gone on with by whoever finds it", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  await pair.other.library.entries.change("rec1", (entry) => {
    entry.status = "deleting";
    entry.recorder = "";
    entry.former = [];
  });
  await (await pair.back()).library.removal.sweep();
  assert.equal(await pair.entry(), undefined);
  assert.equal((await pair.facts()).at(-1)?.name, "deleted");
});

test("its age removes it with both recorders, in whatever order they hear of it", async () => {
  for (const order of [
    ["r0", "r1"],
    ["r1", "r0"],
  ]) {
    const clock = new ManualClock(1_700_000_000_000);
    await using pair = await Pair.make({ clock, keepMs: 24 * 3600_000 });
    await pair.finishByOther();
    const first = await pair.back();
    await finish(first);
    await clock.advance(25 * 3600_000);
    for (const recorder of order) await (recorder === "r0" ? first : pair.other).library.removal.sweep();
    await Promise.all([first, pair.other].map(({ library }) => library.removal.sweep()));
    assert.deepEqual(
      [await readdir(pair.root), await readdir(pair.other.root), await pair.entry()],
      [[], [], undefined],
    );
    assert.equal((await pair.facts()).filter(({ name }) => name === "deleted").length, 1);
  }
});

test("files of both are uploaded under names of their own, kept only there, and deleted there", async () => {
  const kept = new Map<string, string>();
  const storage: Storage = {
    put: async ({ recording, name }, { path }) => {
      kept.set(`s3://bucket/${recording}/${name}`, await readFile(path, "utf8"));
      return `s3://bucket/${recording}/${name}`;
    },
    get: async (location) => Readable.from([Buffer.from(kept.get(location) ?? "")]) as IncomingMessage,
    remove: async (location) => void kept.delete(location),
    has: (location) => location.startsWith("s3://"),
  };
  await using pair = await Pair.make({ storage, keepsLocal: false });
  await pair.finishByOther();
  const first = await pair.back();
  await finish(first);
  const names = ["5A_early.metadata.json", "5A_early.mp4", "5A_late.mp4", "metadata.json"];
  assert.deepEqual(
    [...kept.keys()].sort(),
    names.map((name) => `s3://bucket/rec1/${name}`),
  );
  assert.equal(kept.get("s3://bucket/rec1/5A_early.mp4"), "the beginning");
  assert.deepEqual(await readdir(join(pair.root, "rec1")), [".finishing.json", "parts"]);
  await pair.other.library.finishing.lookAgain();
  await pair.other.library.finishing.deliveries.settled();
  assert.deepEqual(JSON.parse(kept.get("s3://bucket/rec1/metadata.json") ?? "").gaps, []);
  assert.ok((await pair.files()).every(([, location]) => storage.has(location)));
  assert.equal((await ask(pair.other, "", key, "DELETE")).statusCode, 202);
  await first.library.removal.sweep();
  assert.deepEqual([[...kept.keys()], await readdir(pair.root), await pair.entry()], [[], [], undefined]);
});

test("on a storage that they share there is nothing more to do", async () => {
  await using pair = await Pair.make();
  const first = await pair.back({ root: pair.other.root });
  const ended = await earlyEnded(pair.other.root);
  await first.library.finish(ended);
  const { attempts } = ended;
  const all = await lateEnded(pair.other.root);
  await pair.other.library.finish({ ...all, attempts: [...attempts, { ...all.attempts[0], attempt: 2 } as never] });
  assert.deepEqual((await pair.entry())?.former, []);
  await first.library.finishing.lookAgain();
  await first.library.finish(ended);
  assert.deepEqual(await pair.files(), rest);
});

test("tracks are not joined: each recorder lists its own, with a manifest of its own name", async () => {
  const tracks =
    (name: string): LibraryOptions["assemble"] =>
    async ({ directory }) => ({
      files: [
        await putFile(directory, name, name, "audio/webm"),
        await putFile(directory, "manifest.json", `{"of":"${name}"}`, "application/json"),
      ],
      gaps: [],
    });
  await using pair = await Pair.make({}, tracks("e1-microphone-2-1.webm"));
  const first = await pair.back({ assemble: tracks("e1-microphone-1-1.webm") });
  await listen(first, "r0");
  await listen(pair.other, "r1");
  const ended = await lateEnded(pair.other.root);
  ended.recording.mode = Mode.TRACKS;
  await pair.other.library.finish(ended);
  await finish(first);
  assert.deepEqual(await pair.files(), [
    ["e1-microphone-2-1.webm", "recorder:r1"],
    ["manifest.json", "recorder:r1"],
    ["metadata.json", "recorder:r1"],
    ["e1-microphone-1-1.webm", "recorder:r0"],
    ["5A_early.manifest.json", "recorder:r0"],
    ["5A_early.metadata.json", "recorder:r0"],
  ]);
  assert.equal((await ask(pair.other, "/files/5A_early.manifest.json")).json().of, "e1-microphone-1-1.webm");
  assert.equal((await ask(first, "/files/manifest.json")).json().of, "e1-microphone-2-1.webm");
});

test("two that began in the same second have names of their own", async () => {
  await using pair = await Pair.make();
  await pair.finishByOther();
  const first = await pair.back();
  await first.library.finish({ ...(await earlyEnded(pair.root)), fileName: "5A_late" });
  assert.deepEqual((await pair.files()).slice(2), [
    ["5A_late-2.mp4", "recorder:r0"],
    ["5A_late-2.metadata.json", "recorder:r0"],
  ]);
});

test("after two takeovers each of the former makes a further file of its own", async () => {
  await using pair = await Pair.make();
  await putFile(join(pair.other.root, "rec1", "parts", "2"), "000-000001.ts", "middle", "video/mp2t");
  await using third = await pair.open("r2", { assemble: assembleOf("the end") });
  const last = recordingFor({ startedMs: 1_700_000_040_000n, recorder: "r2" });
  await mkdir(join(third.root, "rec1"), { recursive: true });
  await third.library.begin(last);
  await third.library.finish({ ...(await endedIn(third.root, last)), fileName: "5A_last" });
  await pair.finishByOther();
  await finish(await pair.back());
  assert.deepEqual(
    (await pair.files()).filter(([name]) => name.endsWith(".mp4")),
    [["5A_last.mp4", "recorder:r2"], rest[0], beginning[0]],
  );
  await third.library.finishing.lookAgain();
  assert.deepEqual((await metadataIn(third.root)).gaps, []);
});

test("a library that was lost is made again of what both have", async () => {
  for (const order of [
    ["r0", "r1"],
    ["r1", "r0"],
  ]) {
    await using pair = await Pair.make();
    await pair.finishByOther();
    const first = await pair.back();
    await finish(first);
    await pair.other.library.entries.remove("rec1");
    const roots: Record<string, string> = { r0: pair.root, r1: pair.other.root };
    for (const recorder of order) {
      await using again = await pair.open(recorder, { root: roots[recorder] ?? "" });
      await again.library.finishing.deliveries.settled();
    }
    const names = (await pair.files()).map(([name]) => name);
    assert.deepEqual(names.sort(), [...beginning, ...rest].map(([name]) => name).sort());
    assert.equal((await pair.entry())?.status, "available");
  }
});
