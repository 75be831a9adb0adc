import assert from "node:assert/strict";
import { test } from "node:test";
import { Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { type TestRecorder, World } from "../testing/recorder.ts";
import { readStart } from "./jibri-api.ts";

const login = { domain: "hidden.meet.jitsi", username: "recorder", password: "secret" };
const call = (callName = "standup", baseUrl = "https://meet.example") => ({ callUrlInfo: { baseUrl, callName } });
const file = (sessionId: string) => ({ sessionId, callParams: call(), callLoginParams: login, sinkType: "file" });
const given = { unit: "main", mucDomain: "muc.meet.jitsi", now: () => 5 };

async function post(recorder: TestRecorder, path: string, body: unknown) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${recorder.url}/jibri/api/v1.0/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

test("health is always 200, and says whether another recording is taken", async () => {
  await using world = await World.make();
  const one = await world.start("r1", { env: { VECHE_RECORDER_MAX_COMPOSITES: "1" } });
  const health = async () => {
    const answer = await fetch(`${one.url}/jibri/api/v1.0/health`);
    assert.equal(answer.status, 200);
    return await answer.json();
  };
  const idle = { busyStatus: "IDLE", health: { healthStatus: "HEALTHY", details: {} } };
  assert.deepEqual(await health(), { status: idle, environmentContext: { name: "main" } });
  assert.equal((await post(one, "startService", file("s1"))).status, 200);
  assert.deepEqual(await health(), { status: { ...idle, busyStatus: "BUSY" }, environmentContext: { name: "main" } });
});

test("a recording is started and stopped, and a full recorder answers 412", async () => {
  await using world = await World.make();
  const one = await world.start("r1", { env: { VECHE_RECORDER_MAX_COMPOSITES: "1" } });
  assert.deepEqual(await post(one, "startService", file("s1")), { status: 200, text: "" });
  await world.until(() => one.studio.segments.length === 1, "its segments");
  const { meeting, presence } = one.studio.composites[0]?.options ?? {};
  assert.deepEqual([meeting?.roomName, meeting?.roomJid], ["standup", "standup@muc.meet.jitsi"]);
  assert.deepEqual([presence?.mode, presence?.sessionId], ["file", "s1"]);
  assert.equal((await post(one, "startService", file("s2"))).status, 412);
  // COMPAT: as JSON with no body.
  assert.deepEqual(await post(one, "stopService", undefined), { status: 200, text: "" });
  await world.until(() => one.studio.finished.length === 1, "the finishing");
  assert.equal(one.studio.finished[0]?.recording.recording, "s1");
  assert.equal((await post(one, "startService", file("s3"))).status, 200);
});

test("what is no request is refused with a word", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  const cases: readonly [unknown, number][] = [
    [{ ...file("s1"), callLoginParams: undefined }, 412],
    [{ ...file("s1"), sinkType: "gateway" }, 501],
    [{ ...file("s1"), sinkType: "tape" }, 400],
    [{ ...file("../s1") }, 400],
    [{ ...file("s1"), callParams: call("a/b") }, 400],
    [{ ...file("s1"), callParams: call("a", "file:///etc/passwd") }, 400],
    [{ ...file("s1"), callParams: {} }, 400],
    [{ ...file("s1"), sinkType: "stream" }, 400],
    [{ ...file("s1"), sinkType: "stream", youTubeStreamKey: "http://a/b" }, 400],
    [[], 400],
    ["text", 400],
  ];
  for (const [body, status] of cases) {
    const answer = await post(one, "startService", body);
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.match(answer.text, /"message":"[^"]{5,}/);
    assert.ok(!answer.text.includes("secret"));
  }
  assert.equal(one.studio.composites.length, 0);
});

test("a call's address becomes a room of ours", () => {
  const job = readStart({ ...file("s1"), callParams: call("5%D0%B0%20B", "https://meet.example/School") }, given);
  assert.equal(job?.tenant, "School");
  assert.equal(job?.roomName, "5%d0%b0%20b");
  assert.equal(job?.roomJid, "[school]5%d0%b0%20b@muc.meet.jitsi");
  assert.equal(job?.room, roomId("5а B", "School"));
  assert.equal(job?.mode, Mode.COMPOSITE);
});

test("a key alone is YouTube's", () => {
  const stream = (youTubeStreamKey: string) =>
    readStart({ ...file("s1"), sinkType: "stream", youTubeStreamKey }, given)?.stream?.targets[0]?.url;
  assert.equal(stream("abcd-1234"), "rtmp://a.rtmp.youtube.com/live2/abcd-1234");
  assert.equal(stream("rtmps://live.example/app/key"), "rtmps://live.example/app/key");
});

test("operations are where every role has them", async () => {
  await using world = await World.make();
  const one = await world.start("r1");
  await world.seconds(1);
  assert.equal((await fetch(`${one.url}/health/ready`)).status, 200);
  assert.match(await (await fetch(`${one.url}/metrics`)).text(), /veche_recorder_disk_free_bytes 1\d+/);
});

test("gracefulShutdown takes nothing new, and ends when the last session has", async () => {
  await using world = await World.make();
  let ends = 0;
  const end = () => {
    ends += 1;
  };
  const one = await world.start("r1", { edges: { end } });
  assert.equal((await post(one, "startService", file("s1"))).status, 200);
  await world.until(() => one.studio.segments.length === 1, "its segments");
  const internal = `http://127.0.0.1:${one.service.internalPort}/jibri/api/internal/v1.0`;
  assert.equal((await fetch(`${internal}/gracefulShutdown`, { method: "POST" })).status, 200);
  assert.equal((await post(one, "startService", file("s2"))).status, 412);
  assert.equal(ends, 0);
  await post(one, "stopService", undefined);
  await world.until(() => ends === 1, "the end");
  assert.equal((await fetch(`${internal}/shutdown`, { method: "POST" })).status, 200);
  assert.equal(ends, 2);
});
