import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { type Job, Layout, Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { makeJob, ownerKey, streamTo } from "../testing/jobs.ts";
import { type FakeComposite, type FakePush, type FakeSegments, Studio } from "../testing/studio.ts";
import { until } from "../testing/until.ts";
import { SessionError } from "./contract.ts";
import { Folder } from "./folder.ts";
import { Session } from "./session.ts";

const died = new SessionError("browser-died", "the browser died");

async function world(job: Job, more: { usageTimeoutMs?: number; attempt?: number; root?: string } = {}) {
  const root = more.root ?? (await mkdtemp(join(tmpdir(), "veche-session-")));
  const clock = new ManualClock(1_000_000);
  const studio = new Studio();
  const recorded: Folder[] = [];
  const session = new Session({
    job,
    attempt: more.attempt ?? 0,
    startedMs: new Map(),
    recorder: "r1",
    root,
    usageTimeoutMs: more.usageTimeoutMs ?? 0,
    ports: studio.ports,
    clock,
    log: silentLog,
    onChange: () => {},
    onRecorded: (folder) => void recorded.push(folder),
  });
  session.start();
  const all = {
    root,
    clock,
    studio,
    session,
    recorded,
    composite: (n = 0) => until<FakeComposite>(() => studio.composites[n], `composite ${n}`),
    segments: (n = 0) => until<FakeSegments>(() => studio.segments[n], `segments ${n}`),
    push: (n = 0) => until<FakePush>(() => studio.pushes[n], `push ${n}`),
    fileIs: (status: string) => until(() => session.view().file?.status === status, `file ${status}`),
    finished: () => until(() => session.isFinished, "the session's end"),
    /** As the recorder does it: a second, and a look. */
    async seconds(count: number) {
      for (let n = 0; n < count; n += 1) {
        await clock.advance(1_000);
        session.tick();
      }
    },
    async [Symbol.asyncDispose]() {
      session.change({ ...job, file: undefined, stream: undefined });
      await clock.advance(60_000);
      await session.leave();
      if (!more.root) await rm(root, { recursive: true, force: true });
    },
  };
  return all;
}

test("a file begins, and ends when nobody wants it: the parts go on to be finished", async () => {
  const job = makeJob();
  await using w = await world(job);
  const sink = await w.segments();
  assert.equal(w.session.view().file?.id, "rec-job1");
  await w.fileIs("on");
  assert.equal(sink.attempt, 1);
  assert.equal(sink.directory, join(w.root, "rec-job1"));
  sink.stored = { seconds: 7, bytes: 700 };
  w.session.change({ ...job, file: undefined });
  await w.finished();
  assert.ok(sink.isClosed && (await w.composite()).isClosed);
  assert.equal(w.recorded.length, 1);
  const { recording, attempts, fileName } = (w.recorded[0] as Folder).ended(new AbortController().signal);
  assert.equal(recording.status, "processing");
  assert.match(fileName, /^standup_1970-/);
  assert.deepEqual(
    attempts.map(({ attempt, recorder, layout, endedMs }) => ({ attempt, recorder, layout, endedMs })),
    [{ attempt: 1, recorder: "r1", layout: "speaker", endedMs: 1_000_000 }],
  );
  assert.equal(w.session.view().file?.status, "off");
  assert.equal(w.session.view().file?.error, undefined);
});

test("what stands beside the files holds no key", async () => {
  await using w = await world(makeJob("job1", { stream: streamTo("rtmp://live.example/app/secret-key") }));
  await w.fileIs("on");
  const note = await readFile(join(w.root, "rec-job1", ".session.json"), "utf8");
  assert.ok(!note.includes("secret-key") && !note.includes(ownerKey));
  assert.match(note, /"ownerKeyHash": "[0-9a-f]{64}"/);
});

test("a target is added and another taken away; the file and the other target don't notice", async () => {
  const job = makeJob("job1", { stream: streamTo("rtmp://a.example/1", "rtmp://b.example/2") });
  await using w = await world(job);
  const [one, two, file] = [await w.push(0), await w.push(1), await w.segments()];
  w.session.change({ ...job, ...makeJob("job1", { stream: streamTo("rtmp://a.example/1", "rtmp://c.example/3") }) });
  const three = await w.push(2);
  assert.equal(three.url, "rtmp://c.example/3");
  assert.deepEqual([one.isClosed, two.isClosed, file.isClosed], [false, true, false]);
  assert.equal(w.studio.composites.length, 1);
  const { targets, stream } = w.session.view();
  assert.deepEqual(
    targets.map(({ id }) => id),
    ["1", "2"],
  );
  assert.equal(stream?.status, "on");
});

test("the file ends while the stream goes on, and the other way round", async () => {
  const both = makeJob("job1", { stream: streamTo("rtmp://a.example/1") });
  await using w = await world(both);
  const push = await w.push();
  w.session.change({ ...both, file: undefined });
  await w.fileIs("off");
  assert.ok(!push.isClosed && !(await w.composite()).isClosed);
  const again = makeJob("job1", { stream: both.stream, file: { recording: "rec-2" } });
  w.session.change(again);
  await until(() => w.session.view().file?.id === "rec-2" && w.session.view().file?.status === "on", "a second file");
  w.session.change({ ...again, stream: undefined });
  await until(() => push.isClosed, "the stream's end");
  assert.equal(w.session.view().stream?.status, "off");
  assert.equal(w.studio.composites.length, 1);
});

test("another layout is shown without a break", async () => {
  const job = makeJob();
  await using w = await world(job);
  await w.fileIs("on");
  w.session.change({ ...job, layout: Layout.GRID });
  const composite = await w.composite();
  await until(() => composite.layouts.length === 1, "a layout");
  assert.deepEqual(composite.layouts, ["grid"]);
  assert.equal(w.studio.segments.length, 1);
});

test("a capture that breaks is begun anew as a further attempt, and the file stays on", async () => {
  await using w = await world(makeJob("job1", { stream: streamTo("rtmp://a.example/1") }));
  await w.fileIs("on");
  (await w.composite()).break(died);
  await until(() => w.studio.segments[0]?.isClosed, "the first attempt's end");
  await until(() => w.session.view().warnings.length > 0, "a warning");
  assert.deepEqual(w.session.view().warnings, ["browser-died: the browser died"]);
  assert.equal(w.session.view().file?.status, "on");
  await until(() => w.clock.pending > 0, "a pause");
  await w.clock.advance(100);
  const second = await w.segments(1);
  assert.equal(second.attempt, 2);
  await w.push(1);
  assert.ok(w.session.view().targets[0]?.state.retries === 1);
  for (let n = 0; n < 61; n += 1) {
    w.studio.composites[1]?.media.write(Buffer.alloc(188));
    await new Promise(setImmediate);
    await w.seconds(1);
  }
  assert.deepEqual(w.session.view().warnings, []);
});

test("five breaks in a row are too many: the outputs say why, and what there is is kept", async () => {
  await using w = await world(makeJob("job1", { stream: streamTo("rtmp://a.example/1") }));
  await w.fileIs("on");
  for (const n of [0, 1, 2, 3, 4]) {
    (await w.composite(n)).break(died);
    await until(() => (w.clock.pending > 0 && !w.session.isCapturing) || w.session.isFinished, "a pause");
    await w.clock.advance(8_000);
  }
  await w.finished();
  const { file, stream, targets } = w.session.view();
  assert.equal(file?.error?.code, "browser-died");
  assert.equal(stream?.error?.code, "browser-died");
  assert.equal(targets[0]?.state.status, "off");
  assert.equal(w.recorded.length, 1);
  assert.equal((w.recorded[0] as Folder).recording.failure?.code, "browser-died");
  assert.equal(w.studio.composites.length, 5);
});

test("who can't join is tried again too", async () => {
  await using w = await world(makeJob());
  w.studio.refusals.push(
    new SessionError("join-failed", "nobody opened"),
    new Error("what nobody foresaw: rtmp://x/key"),
  );
  await until(() => w.session.view().warnings.length > 0, "the first failure");
  await until(() => w.clock.pending > 0, "a pause");
  await w.clock.advance(100);
  await until(() => w.session.view().warnings[0]?.startsWith("internal"), "the second failure");
  assert.ok(!w.session.view().warnings[0]?.includes("rtmp"));
  await until(() => w.clock.pending > 0, "a pause");
  await w.clock.advance(1_000);
  await w.fileIs("on");
});

test("a picture that stands still without a byte is a break", async () => {
  await using w = await world(makeJob());
  await w.fileIs("on");
  const composite = await w.composite();
  for (let n = 0; n < 12; n += 1) {
    composite.media.write(Buffer.alloc(188));
    await new Promise(setImmediate);
    await w.seconds(1);
  }
  assert.equal(composite.isClosed, false);
  await w.seconds(10);
  await until(() => composite.isClosed, "the stuck one's end");
});

test("a room that is empty ends everything without a failure", async () => {
  await using w = await world(makeJob("job1", { stream: streamTo("rtmp://a.example/1") }));
  await w.fileIs("on");
  (await w.composite()).end({ reason: "empty" });
  await w.finished();
  const { file, stream } = w.session.view();
  assert.deepEqual([file?.status, file?.error, stream?.status, stream?.error], ["off", undefined, "off", undefined]);
});

test("a target that is lost for good leaves the others alone; the last one ends the session", async () => {
  await using w = await world(
    makeJob("job1", { file: undefined, stream: streamTo("rtmp://a.example/1", "rtmp://b.example/2") }),
  );
  const [one, two] = [await w.push(0), await w.push(1)];
  one.fail(new SessionError("target-refused", "a.example does not take the stream"));
  await until(() => w.session.view().targets[0]?.state.status === "off", "the first target's end");
  assert.equal(w.session.view().stream?.status, "on");
  two.fail(new SessionError("target-unreachable", "b.example can't be reached"));
  await w.finished();
  assert.equal(w.session.view().stream?.error?.code, "target-refused");
  assert.equal((await w.composite()).isClosed, true);
});

test("a nearly full disk ends the file, and the stream goes on", async () => {
  await using w = await world(makeJob("job1", { stream: streamTo("rtmp://a.example/1") }));
  await w.fileIs("on");
  w.session.setDisk("low");
  assert.deepEqual(w.session.view().warnings, ["disk-nearly-full: the disk of the recordings is nearly full"]);
  w.session.setDisk("full");
  await w.fileIs("off");
  assert.equal(w.session.view().file?.error?.code, "no-disk");
  assert.equal(w.session.isFinished, false);
  assert.equal((await w.push()).isClosed, false);
});

test("a sink that fails is opened anew as a further attempt; a full disk is the end of it", async () => {
  await using w = await world(makeJob());
  (await w.segments()).fail(new SessionError("internal", "the file could not be written"));
  await until(() => w.studio.segments[0]?.isClosed, "the first sink's end");
  await w.seconds(1);
  const second = await w.segments(1);
  assert.equal(second.attempt, 2);
  assert.equal(w.studio.composites.length, 1);
  second.fail(new SessionError("no-disk", "the disk is full"));
  await w.finished();
  assert.equal(w.session.view().file?.error?.code, "no-disk");
});

test("a limit of time ends each output by itself, and says so", async () => {
  await using w = await world(makeJob(), { usageTimeoutMs: 5_000 });
  await w.fileIs("on");
  await w.seconds(6);
  await w.finished();
  assert.equal(w.session.view().file?.error?.code, "limit");
});

test("a stream that has reached its limit stays off, and its targets too, while a younger file goes on", async () => {
  const live = makeJob("job1", { file: undefined, stream: streamTo("rtmp://a.example/1") });
  await using w = await world(live, { usageTimeoutMs: 5_000 });
  const push = await w.push();
  await w.seconds(3);
  w.session.change(makeJob("job1", { stream: live.stream }));
  await w.fileIs("on");
  await w.seconds(3);
  await until(() => push.isClosed, "the stream's end");
  w.session.change(makeJob("job1", { stream: live.stream, layout: Layout.GRID }));
  await until(() => w.studio.composites[0]?.layouts.length === 1, "a layout");
  await w.seconds(1);
  const { file, stream, targets } = w.session.view();
  assert.deepEqual([file?.status, stream?.status, stream?.error?.code], ["on", "off", "limit"]);
  assert.deepEqual([targets[0]?.state.status, targets[0]?.state.error], ["off", undefined]);
  assert.equal(w.studio.pushes.length, 1);
});

test("a session that has finished begins nothing more, whatever the job says by then", async () => {
  const job = makeJob();
  await using w = await world(job);
  await w.fileIs("on");
  (await w.composite()).end({ reason: "empty" });
  await w.finished();
  w.session.change(makeJob("job1", { file: { recording: "rec-2" } }));
  for (let looks = 0; looks < 20; looks += 1) assert.deepEqual(await readdir(w.root), ["rec-job1"]);
  assert.deepEqual([w.session.view().file?.id, w.session.view().file?.status], ["rec-job1", "off"]);
});

test("who leaves a job to another recorder makes its part whole and says nothing of an end", async () => {
  await using w = await world(makeJob(), { attempt: 4 });
  const sink = await w.segments();
  assert.equal(sink.attempt, 5);
  await w.fileIs("on");
  await w.session.leave();
  assert.ok(sink.isClosed && w.studio.composites[0]?.isClosed);
  assert.equal(w.session.isFinished, false);
  assert.equal(w.recorded.length, 0);
  assert.equal((await Folder.read(w.root, "rec-job1"))?.stage, "recording");
});

test("after a crash the next attempt has a number that was never used, whatever the state says", async () => {
  const first = await world(makeJob());
  await first.fileIs("on");
  await using again = await world(makeJob(), { attempt: 0, root: first.root });
  assert.equal((await again.segments()).attempt, 2);
  await first[Symbol.asyncDispose]();
});

test("stopped while it is still on its way in, it ends at once", async () => {
  const job = makeJob();
  await using w = await world(job);
  w.studio.gate = new Promise(() => {});
  await until(() => w.session.view().file?.status === "pending", "a beginning");
  w.session.change({ ...job, file: undefined });
  await w.finished();
  assert.equal(w.session.view().file?.error, undefined);
});

test("tracks are written into the recording's folder, each recording by a capture of its own", async () => {
  const job = makeJob("job1", { mode: Mode.TRACKS });
  await using w = await world(job);
  await w.fileIs("on");
  const first = w.studio.tracks[0];
  assert.deepEqual([first?.options.mode, first?.options.attempt], ["tracks", 1]);
  assert.equal(first?.options.directory, join(w.root, "rec-job1"));
  w.session.change(makeJob("job1", { mode: Mode.TRACKS, file: { recording: "rec-2" } }));
  const second = await until(() => w.studio.tracks[1], "a second capture");
  assert.ok(first?.isClosed);
  assert.equal(second.options.directory, join(w.root, "rec-2"));
  assert.equal(w.recorded.length, 1);
});

test("tracks can't go live", async () => {
  await using w = await world(makeJob("job1", { mode: Mode.AUDIO, stream: streamTo("rtmp://a.example/1") }));
  await w.fileIs("on");
  assert.equal(w.studio.tracks[0]?.options.mode, "audio");
  assert.equal(w.session.view().stream?.status, "off");
  assert.equal(w.session.view().stream?.error?.code, "internal");
});

test("an id that is no id is refused, and no folder is made", async () => {
  await using w = await world(makeJob("job1", { file: { recording: "../../evil" } }));
  await w.finished();
  assert.equal(w.session.view().file?.error?.code, "internal");
  assert.equal(w.studio.composites.length, 0);
});

test("dropped frames are told", async () => {
  await using w = await world(makeJob());
  await w.fileIs("on");
  const composite = await w.composite();
  for (let n = 1; n <= 10; n += 1) {
    composite.drawn = { frames: n * 20, droppedFrames: n * 5 };
    composite.media.write(Buffer.alloc(188));
    await w.seconds(1);
  }
  assert.deepEqual(w.session.view().warnings, ["frames-dropped: one frame in 5 is dropped, the machine is too busy"]);
});
