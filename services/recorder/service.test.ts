import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { filterOf } from "@veche/kit/subject.ts";
import { recording, service as serviceFacts } from "@veche/proto/facts.ts";
import { Status } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { streams } from "@veche/proto/storage.ts";
import { SessionError } from "./session/contract.ts";
import { Folder } from "./session/folder.ts";
import { keylessJob, recordingOf } from "./session/job.ts";
import { makeJob, ownerKey, streamTo } from "./testing/jobs.ts";
import { World } from "./testing/recorder.ts";

const MiB = 1024 * 1024;
const fileIs =
  (world: World, status: Status, job = "job1") =>
  () =>
    world.state(job)?.file?.status === status;

test("a job is taken, kept renewed, done and forgotten", async () => {
  await using world = await World.make();
  const one = await world.start();
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const state = world.state();
  assert.deepEqual([state?.recorder, state?.instance, state?.file?.id], ["r1", "r1-1", "rec-job1"]);
  assert.equal(state?.attempt, 1);
  const renewed = state?.renewedMs;
  await world.seconds(3);
  assert.ok(Number((world.state()?.renewedMs ?? 0n) - (renewed ?? 0n)) >= 2_000);
  assert.equal(one.studio.begun[0]?.recording, "rec-job1");
  await world.put({ ...makeJob(), file: undefined });
  await world.until(() => world.state()?.finished, "the end");
  assert.equal(world.state()?.file?.status, Status.OFF);
  await world.until(() => one.studio.finished.length === 1, "the finishing");
  await world.jobs.purge("job1");
  await world.until(() => world.state() === undefined, "its state forgotten");
  await world.until(() => one.service.recorder.finisher.count === 0, "nothing more to finish");
  assert.equal((await Folder.read(join(world.root, "r1"), "rec-job1"))?.stage, "finished");
});

test("a finished job that nobody has removed is not begun again, however long it stands there", async () => {
  await using world = await World.make();
  const one = await world.start();
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  one.studio.composites[0]?.end({ reason: "empty" });
  await world.until(() => world.state()?.finished, "the end");
  await world.seconds(90);
  assert.equal(world.state()?.finished, true);
  assert.equal(one.studio.composites.length, 1);
});

test("two recorders that hear of a job at once: one does it", async () => {
  await using world = await World.make();
  const [one, two] = [await world.start("r1"), await world.start("r2")];
  for (const n of [1, 2, 3, 4]) await world.put(makeJob(`job${n}`, { createdMs: BigInt(n) }));
  await world.until(() => [1, 2, 3, 4].every((n) => fileIs(world, Status.ON, `job${n}`)()), "all on");
  assert.equal(one.studio.composites.length, 2);
  assert.equal(two.studio.composites.length, 2);
});

test("a job waits while all are full, in its order, and is taken when there is room", async () => {
  await using world = await World.make();
  await world.start("r1", { env: { VECHE_RECORDER_MAX_COMPOSITES: "1" } });
  for (const n of [3, 1, 2]) await world.put(makeJob(`job${n}`, { createdMs: BigInt(n) }));
  const first = await world.until(() => [1, 2, 3].find((n) => fileIs(world, Status.ON, `job${n}`)()), "one on");
  await world.until(() => world.recorder("r1")?.compositeFull, "full");
  const rest = [1, 2, 3].filter((n) => n !== first);
  await world.seconds(5);
  assert.ok(rest.every((n) => world.state(`job${n}`) === undefined));
  await world.put({ ...makeJob(`job${first}`), file: undefined });
  await world.until(() => fileIs(world, Status.ON, `job${rest[0]}`)(), "the next on");
  assert.equal(world.state(`job${rest[1]}`), undefined);
});

test("what a dead recorder had another goes on with, as a further attempt", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const startedMs = world.state()?.file?.startedMs;
  const two = await world.start("r2");
  one.die();
  const diedMs = world.clock.now();
  await world.until(() => world.state()?.recorder === "r2", "a takeover");
  assert.ok(world.clock.now() - diedMs <= 4_500, `${world.clock.now() - diedMs} ms`);
  await world.until(fileIs(world, Status.ON), "the file on again");
  assert.equal(two.studio.segments[0]?.attempt, 2);
  assert.equal(world.state()?.file?.startedMs, startedMs);
});

test("a recorder that was cut off goes on, and leaves what another has taken meanwhile", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  await world.start("r2", { env: { VECHE_RECORDER_MAX_COMPOSITES: "0" } });
  world.network.disconnect(one.bus as never);
  await world.seconds(2);
  assert.equal(one.studio.composites[0]?.isClosed, false);
  world.network.reconnect(one.bus as never);
  await world.seconds(2);
  assert.equal(world.state()?.recorder, "r1");
  assert.equal(one.studio.composites[0]?.isClosed, false);
  const three = await world.start("r3");
  world.network.disconnect(one.bus as never);
  await world.until(() => world.state()?.recorder === "r3" && fileIs(world, Status.ON)(), "a takeover");
  world.network.reconnect(one.bus as never);
  await world.until(() => one.studio.composites[0]?.isClosed, "the first one's end");
  assert.equal(world.state()?.recorder, "r3");
  assert.equal(three.studio.composites[0]?.isClosed, false);
  assert.equal((await Folder.read(join(world.root, "r1"), "rec-job1"))?.stage, "recording");
});

test("started again after kill -9, a recorder has its job back within two seconds", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  one.die();
  await world.seconds(0.5);
  const startedMs = world.clock.now();
  const again = await world.start("r1", { instance: "r1-2" });
  await world.until(() => world.state()?.instance === "r1-2" && fileIs(world, Status.ON)(), "the file on again");
  assert.ok(world.clock.now() - startedMs <= 2_000);
  assert.equal(again.studio.segments[0]?.attempt, 2);
});

test("started again after kill -9, it finishes what ended meanwhile", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.put(makeJob("job2"));
  await world.until(() => fileIs(world, Status.ON)() && fileIs(world, Status.ON, "job2")(), "both on");
  one.die();
  await world.put({ ...makeJob(), file: undefined });
  await world.jobs.purge("job2");
  await world.seconds(1);
  const again = await world.start("r1", { instance: "r1-2" });
  await world.until(() => again.studio.finished.length === 2, "both finished");
  await world.until(() => world.state()?.finished, "told that it is finished");
  assert.equal(again.studio.composites.length, 0);
  const ids = again.studio.finished.map(({ recording: { recording } }) => recording).sort();
  assert.deepEqual(ids, ["rec-job1", "rec-job2"]);
});

test("a recording whose last part is still being written is not finished before it is there", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const written = Promise.withResolvers<void>();
  using _ = { [Symbol.dispose]: () => written.resolve() };
  const sink = one.studio.segments[0];
  assert.ok(sink);
  sink.closing = written.promise;
  await world.put({ ...makeJob(), file: undefined });
  await world.seconds(35);
  assert.equal(one.studio.finished.length, 0);
  sink.stored = { seconds: 7, bytes: 700 };
  written.resolve();
  await world.until(() => one.studio.finished.length === 1, "the finishing");
  assert.ok(one.studio.finished[0]?.attempts[0]?.endedMs);
});

test("what can't be finished is tried again", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  one.studio.finishFailures.push(new Error("no room"), new Error("still none"));
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  await world.put({ ...makeJob(), file: undefined });
  await world.until(() => one.studio.finished.length === 1, "the finishing", 60_000);
});

test("who ends gives its jobs up, and goes when another has them", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob("job1", { stream: streamTo("rtmp://a.example/key") }));
  await world.until(fileIs(world, Status.ON), "the file on");
  const two = await world.start("r2");
  await world.until(() => world.recorder("r2"), "the other's entry");
  const ending = one[Symbol.asyncDispose]();
  await world.until(() => world.state()?.recorder === "r2", "the other has it", 2_000);
  assert.equal(one.studio.composites[0]?.isClosed, false);
  await world.until(fileIs(world, Status.ON), "the file on again");
  await world.until(() => one.studio.composites[0]?.isClosed, "the first one's end");
  await ending;
  assert.equal(one.studio.segments[0]?.isClosed, true);
  assert.equal(two.studio.segments[0]?.attempt, 2);
  assert.equal(two.studio.composites[0]?.isClosed, false);
  assert.equal(world.recorder("r1"), undefined);
  const said: string[] = [];
  for await (const { subject } of world.focus.replay(streams.service, filterOf(serviceFacts.draining, {})))
    said.push(subject);
  assert.deepEqual(said, ["service.v1.recorder.r1-1.draining"]);
});

test("alone, it ends at once, and takes its job back when it is there again", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const endedMs = world.clock.now();
  await one[Symbol.asyncDispose]();
  assert.equal(world.clock.now(), endedMs);
  await world.until(() => world.state()?.recorder === "", "given up", 500);
  assert.equal(world.state()?.file?.status, Status.PENDING);
  const again = await world.start("r1", { instance: "r1-2" });
  await world.until(() => world.state()?.instance === "r1-2" && fileIs(world, Status.ON)(), "the file on again");
  assert.equal(again.studio.segments[0]?.attempt, 2);
});

test("a disk that fills is warned of, then ends files, and no more are taken until there is room", async () => {
  await using world = await World.make();
  let free = 3_000 * MiB;
  const one = await world.start("r1", { edges: { freeDisk: async () => free } });
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  free = 1_500 * MiB;
  await world.until(() => world.state()?.warnings.length === 1, "a warning");
  assert.match(world.state()?.warnings[0] ?? "", /^disk-nearly-full: /);
  await world.until(() => (world.recorder("r1")?.warnings.length ?? 0) > 0, "a warning of the recorder");
  assert.equal(world.state()?.file?.status, Status.ON);
  free = 999 * MiB;
  await world.until(() => world.state()?.finished, "the end");
  assert.equal(world.state()?.file?.failure?.code, "no-disk");
  await world.until(() => one.studio.finished.length === 1, "the finishing");
  assert.equal(one.studio.finished[0]?.recording.failure?.code, "no-disk");
  await world.put(makeJob("job2"));
  await world.put(makeJob("job3", { file: undefined, stream: streamTo("rtmp://a.example/1") }));
  await world.until(() => world.state("job3")?.stream?.status === Status.ON, "a stream needs no disk");
  assert.equal(world.state("job2"), undefined);
  free = 10_000 * MiB;
  await world.until(fileIs(world, Status.ON, "job2"), "the waiting one on");
  const warned: unknown[] = [];
  for await (const { body } of world.focus.replay(streams.service, filterOf(serviceFacts.warned, {})))
    warned.push(body);
  assert.deepEqual(
    warned.map((fact) => (fact as { over?: boolean }).over ?? false),
    [false, false, true],
  );
});

test("once a minute it is said how much of a recording is safe", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const sink = one.studio.segments[0];
  assert.ok(sink);
  for (let n = 0; n < 130; n += 1) {
    sink.stored = { seconds: n, bytes: n * 1_000 };
    one.studio.composites[0]?.media.write(Buffer.alloc(188));
    await world.seconds(1);
  }
  const said: { seq: string; durationSeconds: number; recorder: string; mode: string }[] = [];
  for await (const { body } of world.focus.replay(streams.conference, filterOf(recording.recordingSegmentStored, {})))
    said.push(body as (typeof said)[number]);
  assert.deepEqual(
    said.map(({ seq, recorder, mode }) => [Number(seq), recorder, mode]),
    [
      [1, "r1", "composite"],
      [2, "r1", "composite"],
    ],
  );
  assert.ok((said[1]?.durationSeconds ?? 0) - (said[0]?.durationSeconds ?? 0) >= 55);
});

test("no key is in any log line, state or fact", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob("job1", { stream: streamTo("rtmps://live.example/app/very-secret") }));
  await world.until(fileIs(world, Status.ON), "the file on");
  one.studio.pushes[0]?.fail(new SessionError("target-refused", "live.example does not take the stream"));
  await world.until(() => world.state()?.stream?.status === Status.OFF, "the stream off");
  one.studio.composites[0]?.break(new SessionError("browser-died", "the browser died"));
  await world.until(() => one.studio.composites.length === 2, "a further try");
  const { targets } = world.state() ?? {};
  assert.deepEqual(
    targets?.map(({ id, host, protocol, failure }) => [id, host, protocol, failure?.code]),
    [["1", "live.example", "rtmps", "target-refused"]],
  );
  const seen = world.logged.join() + JSON.stringify(world.state(), (_k, v) => (typeof v === "bigint" ? String(v) : v));
  assert.ok(seen.length > 500);
  assert.ok(!seen.includes("very-secret") && !seen.includes(ownerKey) && !seen.includes("recorders-password"));
});

test("a crash of one session leaves the other as it is", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.put(makeJob("job1"));
  await world.put(makeJob("job2", { createdMs: 2n }));
  await world.until(() => fileIs(world, Status.ON)() && fileIs(world, Status.ON, "job2")(), "both on");
  one.studio.composites[0]?.break(new SessionError("browser-died", "the browser died"));
  await world.until(() => one.studio.composites.length === 3, "a further try");
  assert.equal(one.studio.composites[1]?.isClosed, false);
  assert.equal(one.studio.segments[1]?.isClosed, false);
  assert.match(await one.metrics.text(), /veche_recorder_captures_broken_total\{code="browser-died"\} 1/);
});

test("a folder that is nobody's is left alone", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.seconds(31);
  assert.deepEqual(await readdir(join(world.root, "r1")), []);
  assert.equal(one.studio.finished.length, 0);
});

test("recorders that share their storage: one goes on in the other's folder, and knows all attempts at the end", async () => {
  await using world = await World.make();
  const root = join(world.root, "shared");
  const one = await world.start("r1", { root });
  await world.put(makeJob());
  await world.until(fileIs(world, Status.ON), "the file on");
  const two = await world.start("r2", { root });
  await world.until(() => world.recorder("r2"), "the other's entry");
  const ending = one[Symbol.asyncDispose]();
  await world.until(() => world.state()?.recorder === "r2" && fileIs(world, Status.ON)(), "the file on again");
  await world.until(() => one.studio.composites[0]?.isClosed, "the first one's end");
  await ending;
  await world.put({ ...makeJob(), file: undefined });
  await world.until(() => two.studio.finished.length === 1, "the finishing");
  const { attempts, recording: made } = two.studio.finished[0] ?? {};
  assert.equal(made?.recorder, "r2");
  assert.deepEqual(
    attempts?.map(({ attempt, recorder }) => [attempt, recorder]),
    [
      [1, "r1"],
      [2, "r2"],
    ],
  );
});

test("what a recorder left that never comes back is finished by another that sees its storage", async () => {
  await using world = await World.make();
  const root = join(world.root, "shared");
  const job = makeJob();
  assert.ok(job.file);
  const left = recordingOf(job, job.file, "r1", 1_000);
  await Folder.make(root, { recording: left, job: keylessJob(job, job.file), fileName: "standup" });
  const both = [await world.start("r2", { root }), await world.start("r3", { root })];
  const finished = () => both.flatMap(({ studio }) => studio.finished.map(({ recording: made }) => made.recorder));
  await world.seconds(31);
  assert.deepEqual(finished(), []);
  for (let n = 0; n < 12; n += 1) {
    await world.clock.advance(30_000);
    await wait(30);
  }
  await world.until(() => finished().length > 0, "the finishing");
  assert.equal(finished().length, 1);
  assert.ok(["r2", "r3"].includes(finished()[0] ?? ""));
  assert.equal(both.flatMap(({ studio }) => studio.adopted).length, 1);
});
