import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import type { ControlRecordingResponse } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import * as R from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { assertPromises, callOf, codeOf } from "./testing/calls.ts";
import { FakeRecorder } from "./testing/recorder.ts";
import { Stage } from "./testing/stage.ts";
import type { FakeClient } from "./testing/xmpp.ts";

const streamId = "rtmp://live.example/app/stream-key";

type Met = {
  readonly stage: Stage;
  readonly recorder: FakeRecorder;
  readonly owner: FakeClient;
  readonly guest: FakeClient;
};

/** A call of two, the first of whom moderates, and a recorder. */
async function meet(stack: AsyncDisposableStack, env: Readonly<Record<string, string>> = {}): Promise<Met> {
  const stage = stack.use(await Stage.open(env));
  const recorder = stack.use(await aRecorder(stage));
  const [owner, guest] = await callOf(stage, "aaaa", "bbbb");
  assert.ok(owner && guest);
  return { stage, recorder, owner, guest };
}

function aRecorder(stage: Stage, id = "r1"): Promise<FakeRecorder> {
  const bus = new MemoryBus(stage.network, { role: "recorder", clock: stage.clock });
  return FakeRecorder.start(bus, stage.clock, id);
}

async function start(
  { stage, owner }: Met,
  wish: object = { recordingMode: "file" },
): Promise<ControlRecordingResponse> {
  const answer = await stage.settled(stage.xmpp.record(owner, { action: "start", ...wish }));
  await stage.pass(100);
  return answer;
}

const stop = ({ stage, owner }: Met, sessionId: string) =>
  stage.settled(stage.xmpp.record(owner, { action: "stop", sessionId }));

function shown({ stage }: Met): string[] {
  return stage.xmpp.recordings.map(({ sessionId, status }) => `${sessionId} ${status}`).sort();
}

async function told({ stage }: Met): Promise<string[]> {
  return (await stage.factNames()).filter((name) => /^(recording|stream)/.test(name));
}

const jobOf = ({ recorder }: Met) => [...recorder.jobs.keys()][0] ?? assert.fail("no job");

describe("a recording", () => {
  test("is asked for, taken, shown, told and ended", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder } = met;
    assert.equal(stage.xmpp.properties["recorder-modes"], "file stream");
    const { sessionId, status, ownerKey } = await start(met, {
      recordingMode: "file",
      appData: '{"file_recording_metadata":{"share":true},"veche":{"layout":"grid"}}',
    });
    assert.deepEqual([status, ownerKey.length, shown(met)], ["pending", 43, [`${sessionId} pending`]]);
    const job = recorder.jobs.get(jobOf(met));
    assert.deepEqual(
      [job?.file?.recording, job?.file?.byEndpoint, job?.file?.metadata, job?.layout, job?.mode],
      [sessionId, "aaaa", '{"share":true}', R.Layout.GRID, R.Mode.COMPOSITE],
    );
    assert.deepEqual([job?.roomJid, job?.unit, job?.tenant], ["standup@muc.meet.jitsi", "main", "main"]);
    await recorder.begin(jobOf(met));
    await stage.pass(100);
    assert.deepEqual(shown(met), [`${sessionId} on`]);
    await stop(met, sessionId);
    await stage.pass(1_000);
    assert.deepEqual(shown(met), [`${sessionId} off`]);
    await stage.pass(6_000);
    assert.deepEqual([shown(met), recorder.jobs.size], [[], 0], "the job is removed when it is finished");
    assert.deepEqual(await told(met), ["recordingRequested", "recordingStarted", "recordingStopped"]);
    await assertPromises(stage, false);
  });

  test("goes on when the focus is killed, and is said to be on once", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder } = met;
    const file = await start(met);
    const stream = await start(met, { recordingMode: "stream", streamId });
    assert.equal(recorder.jobs.size, 1, "one encoder for both");
    await recorder.begin(jobOf(met));
    await stage.pass(100);
    stage.killFocus();
    await stage.pass(2_000);
    await stage.startFocus();
    await stage.pass(3_000);
    const both = [`${file.sessionId} on`, `${stream.sessionId} on`].sort();
    assert.deepEqual(shown(met), both);
    const names = ["recordingRequested", "streamRequested", "recordingStarted", "streamStarted"];
    assert.deepEqual(await told(met), names);
    assert.ok(recorder.jobs.get(jobOf(met))?.file, "nothing was ended");
    const again = await stage.settled(stage.xmpp.record(met.owner, { action: "stop", sessionId: file.sessionId }));
    assert.equal(again.status, "pending");
    await assertPromises(stage, false);
  });

  test("ends with its sitting, and what it is told after is not the focus's", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder, owner, guest } = met;
    await start(met);
    await recorder.begin(jobOf(met));
    await stage.pass(100);
    for (const client of [owner, guest]) stage.xmpp.leave(client);
    await stage.pass(5_000);
    assert.deepEqual([recorder.jobs.size, recorder.taken.size], [0, 0]);
    assert.deepEqual((await stage.factNames()).slice(-2), ["recordingStopped", "sessionEnded"]);
    await assertPromises(stage, true);
  });

  test("whose room vanished while the focus was away is ended by the next", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder, owner, guest } = met;
    await start(met);
    await recorder.begin(jobOf(met));
    await stage.pass(100);
    stage.killFocus();
    for (const client of [owner, guest]) stage.xmpp.vanish(client);
    await stage.startFocus();
    await stage.pass(5_000);
    assert.deepEqual([recorder.jobs.size, (await told(met)).at(-1)], [0, "recordingStopped"]);
    await assertPromises(stage, true);
  });

  test("a job that has ended is removed after ten minutes whatever its recorder says", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder } = met;
    const { sessionId } = await start(met);
    await recorder.begin(jobOf(met));
    recorder.isStubborn = true;
    await stop(met, sessionId);
    await stage.pass(590_000);
    assert.equal(recorder.jobs.size, 1);
    await stage.pass(15_000);
    assert.equal(recorder.jobs.size, 0);
  });

  test("a job whose sitting nobody knows is ended after a while", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack);
    const { stage, recorder } = met;
    const bucket = stage.focus.bus.bucket({ name: "recording-jobs", ttlMs: 7 * 86_400_000, history: 1 }, R.JobSchema);
    const orphan = { job: "orphan", unit: "main", session: "gone", room: "r", mode: R.Mode.AUDIO };
    await (await bucket).put("orphan", { ...orphan, file: { recording: "f9" } });
    await stage.pass(50_000);
    assert.ok(recorder.jobs.has("orphan"));
    await stage.pass(20_000);
    assert.ok(!recorder.jobs.has("orphan"));
  });
});

describe("recorders", () => {
  test("that are full let others wait in line, and a dead one's job is pending until another has it", async () => {
    await using stack = new AsyncDisposableStack();
    const met = await meet(stack, { JICOFO_RECORDING_QUEUE: "1" });
    const { stage, recorder } = met;
    const first = await start(met);
    await recorder.begin(jobOf(met));
    await stage.pass(5_100);
    const audio = { recordingMode: "file", appData: '{"veche":{"mode":"audio"}}' };
    const second = await start(met, audio);
    const placeOf = () => stage.xmpp.recordings.find((one) => one.sessionId === second.sessionId)?.queuePosition;
    assert.equal(placeOf(), 1);
    assert.ok((await told(met)).includes("recordingQueued"));
    const tracks = { recordingMode: "file", appData: '{"veche":{"mode":"tracks"}}' };
    assert.equal(await codeOf(start(met, tracks)), "resource-exhausted");
    recorder.kill();
    await stage.pass(3_200);
    assert.ok(shown(met).includes(`${first.sessionId} pending`));
    const other = stack.use(await aRecorder(stage, "r2"));
    await stage.pass(100);
    assert.equal(placeOf(), 0, "the second was taken");
    assert.equal(other.taken.size, 1);
    await stage.pass(61_000);
    assert.deepEqual((await told(met)).filter((name) => name === "recordingFailed").length, 1);
  });

  test("that are not there are told at once, and the room says so", async () => {
    await using stage = await Stage.open();
    const [owner] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(owner);
    assert.equal(stage.xmpp.properties["recorder-modes"] ?? "", "");
    const answer = await stage.settled(stage.xmpp.record(owner, { action: "start", recordingMode: "file" }));
    assert.equal(answer.status, "unavailable");
  });
});

test("no stream key and no owner's key is in a fact, a presence or what HTTP tells", async () => {
  await using stack = new AsyncDisposableStack();
  const met = await meet(stack);
  const { stage, recorder } = met;
  const { ownerKey } = await start(met);
  await start(met, { recordingMode: "stream", streamId });
  await recorder.begin(jobOf(met));
  await stage.pass(1_000);
  const debug = await stage.http("/debug?full=true");
  const stats = JSON.parse((await stage.http("/stats")).body) as Record<string, unknown>;
  assert.deepEqual(stats.jibri_detector, { count: 1, available: 0 });
  assert.match(debug.body, /"showings"/);
  const everything = JSON.stringify([debug.body, stage.xmpp.recordings, await stage.facts()], (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  assert.ok(!everything.includes("stream-key") && !everything.includes(ownerKey));
});
