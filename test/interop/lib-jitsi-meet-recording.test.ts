/** Recordings and live streams as the unmodified lib-jitsi-meet asks for them and hears of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { anna, boris } from "../harness/identities.ts";
import { recorded } from "../harness/recording/acts.ts";
import { withoutFfmpeg, withoutRtmpServer } from "../harness/recording/ffmpeg.ts";
import { probe } from "../harness/recording/probe.ts";
import { oneRecorder } from "../harness/recording/recorder.ts";
import { RtmpServer } from "../harness/recording/rtmp-server.ts";
import { setScene } from "../harness/stack.ts";
import { Peer, withoutPeer } from "./peer.ts";

const skip = withoutPeer() || withoutFfmpeg();
const scene = setScene({ skip, ...oneRecorder });
const room = "recorded-by-the-library";
const startsWithinMs = 40_000;
let moderator: Peer;
let guest: Peer;

test("a moderator records; everybody hears that it is on, and whose it is; the file is there", { skip }, async () => {
  moderator = await Peer.open(scene, anna);
  await moderator.join(room, anna.name);
  guest = await Peer.open(scene, boris);
  await guest.join(room, boris.name);
  const by = await moderator.myId();
  const wish = { mode: "file", appData: JSON.stringify({ file_recording_metadata: { share: true } }) };
  await moderator.page.evaluate(`peer.call("startRecording", [${JSON.stringify(wish)}]).then(() => undefined)`);
  for (const each of [moderator, guest])
    await each.heard("RECORDER_STATE_CHANGED", (detail) => detail.startsWith(`file on ${by}`), startsWithinMs);
  await pause(4_000);
  const id = (await moderator.heard("RECORDER_STATE_CHANGED", (detail) => detail.startsWith("file on"))).split(" ")[3];
  await moderator.call("stopRecording", id);
  for (const each of [moderator, guest])
    await each.heard("RECORDER_STATE_CHANGED", (detail) => detail.startsWith("file off"), startsWithinMs);
  const [{ directory, files }] = (await recorded(scene.stack, 1)) as [Awaited<ReturnType<typeof recorded>>[0]];
  const { video, audio } = await probe(`${directory}/${files[0]}`);
  assert.deepEqual([video?.codec, audio?.codec], ["h264", "aac"]);
});

test("who is no moderator is refused", { skip }, async () => {
  const refusal = await guest.page.evaluate(
    `peer.call("startRecording", [{ mode: "file" }]).then(() => "started", (error) => String(error?.message ?? error))`,
  );
  assert.notEqual(refusal, "started");
});

test("a moderator goes live by a stream's address, and ends it", { skip: skip || withoutRtmpServer() }, async () => {
  await using server = await RtmpServer.start();
  const wish = { mode: "stream", streamId: server.url("key-of-the-library") };
  await moderator.page.evaluate(`peer.call("startRecording", [${JSON.stringify(wish)}]).then(() => undefined)`);
  const on = await guest.heard("RECORDER_STATE_CHANGED", (detail) => detail.startsWith("stream on"), startsWithinMs);
  await moderator.call("stopRecording", on.split(" ")[3]);
  await guest.heard("RECORDER_STATE_CHANGED", (detail) => detail.startsWith("stream off"), startsWithinMs);
  for (const { from, text } of scene.stack.lines) assert.ok(!text.includes("key-of-the-library"), `${from}: ${text}`);
});
