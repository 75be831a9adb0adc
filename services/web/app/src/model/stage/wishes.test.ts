import assert from "node:assert/strict";
import { test } from "node:test";
import type { TileModel } from "./tiles.ts";
import { constraintsOf, type VideoLimits, wishesOf } from "./wishes.ts";

const free: VideoLimits = { height: 2160, largeHeight: 2160, count: -1, isAudioOnly: false, isUnseen: false };

const tile = (id: string, kind: "camera" | "desktop" = "camera", isSelf = false): TileModel => ({
  key: id,
  kind,
  endpoint: id,
  source: `${id}-${kind === "camera" ? "v0" : "v1"}`,
  name: id,
  isSelf,
  audioMuted: false,
  hasVideo: true,
  handRaisedAt: 0,
  isModerator: false,
  isPhone: false,
  callStatus: "",
});
const rect = (height: number) => ({ x: 0, y: 0, width: height * 2, height });

const ann = tile("ann");
const bob = tile("bob");
const cat = tile("cat");
const self = tile("self", "camera", true);
const screen = tile("dan", "desktop");
const sight = {
  stage: [screen],
  others: [ann, bob, cat, self],
  rects: new Map([
    ["dan", rect(690)],
    ["ann", rect(120)],
    ["bob", rect(120)],
    ["cat", rect(300)],
  ]),
  spokeAt: new Map([["cat", 2]]),
};

test("only what is in sight is asked for, each as tall as it is shown, a screen as it is", () => {
  assert.deepEqual(Object.fromEntries(wishesOf(sight, free)), {
    "dan-v1": 2160,
    "cat-v0": 360,
    "ann-v0": 180,
    "bob-v0": 180,
  });
});

test("where only few are to be decoded they are the stage and who spoke last", () => {
  assert.deepEqual([...wishesOf(sight, { ...free, count: 2 }).keys()], ["dan-v1", "cat-v0"]);
});

test("a lower quality lowers cameras and leaves screens readable", () => {
  assert.deepEqual(Object.fromEntries(wishesOf(sight, { ...free, height: 180, largeHeight: 180, count: 2 })), {
    "dan-v1": 2160,
    "cat-v0": 180,
  });
});

test("sound only still shows the screen on the stage; a page that nobody sees asks for nothing", () => {
  assert.deepEqual([...wishesOf(sight, { ...free, isAudioOnly: true }).keys()], ["dan-v1"]);
  assert.equal(wishesOf(sight, { ...free, isUnseen: true }).size, 0);
});

test("the bridge is told who is on the stage, and that nothing else is wanted", () => {
  const wishes = wishesOf(sight, free);
  const wanted = constraintsOf(wishes, sight.stage, -1);
  assert.equal(wanted.lastN, -1);
  assert.equal(wanted.defaultMaxHeight, 0);
  assert.deepEqual(wanted.onStageSources, ["dan-v1"]);
  assert.equal(constraintsOf(new Map(), sight.stage, -1).lastN, 0);
});
