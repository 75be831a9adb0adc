import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { type Blockable, blockedSources, nothingMuted } from "./force-mute.ts";

const microphone: Blockable = { name: "a-a0", kind: "audio", videoType: VideoType.UNSPECIFIED };
const camera: Blockable = { name: "a-v0", kind: "video", videoType: VideoType.CAMERA };
const screen: Blockable = { name: "a-v1", kind: "video", videoType: VideoType.DESKTOP };
const all = [microphone, camera, screen];

test("microphone, camera and screen are blocked each by itself", () => {
  assert.deepEqual([...blockedSources(nothingMuted, all)], []);
  assert.deepEqual([...blockedSources({ ...nothingMuted, audio: true }, all)], ["a-a0"]);
  assert.deepEqual([...blockedSources({ ...nothingMuted, video: true }, all)], ["a-v0"]);
  assert.deepEqual([...blockedSources({ ...nothingMuted, desktop: true }, all)], ["a-v1"]);
  assert.deepEqual([...blockedSources({ audio: true, video: true, desktop: true }, all)], ["a-a0", "a-v0", "a-v1"]);
});

test("a screen in the highest frame rate is a screen, and may be the first picture", () => {
  const fast = { ...camera, videoType: VideoType.DESKTOP_HIGH_FPS };
  assert.deepEqual([...blockedSources({ ...nothingMuted, desktop: true }, [fast])], ["a-v0"]);
  assert.deepEqual([...blockedSources({ ...nothingMuted, video: true }, [fast])], []);
});

test("where screens are blocked, a second picture is one, whatever it is called", () => {
  const disguised = { ...screen, name: "a-v10", videoType: VideoType.CAMERA };
  const muted = { ...nothingMuted, desktop: true };
  assert.deepEqual([...blockedSources(muted, [disguised, camera, { ...camera, name: "a-v2" }])], ["a-v10", "a-v2"]);
  assert.deepEqual([...blockedSources(nothingMuted, [camera, disguised])], []);
});
