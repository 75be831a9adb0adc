import assert from "node:assert/strict";
import { test } from "node:test";
import { readSourceInfo } from "../../protocol/conference/source-info.ts";
import { somebody } from "../call/fake-context.ts";
import { heightClass, stageOf, tilesOf } from "./tiles.ts";

const occupant = (id: string, info: string) => somebody(id, { sources: readSourceInfo(info, id) });
const self = {
  id: "me",
  name: "Me",
  audioMuted: false,
  hasCamera: true,
  hasScreen: false,
  handRaisedAt: 0,
  isModerator: true,
};
const free = { tileView: undefined, pins: [], screen: undefined, speakers: [] };
const stageKeys = (...given: Parameters<typeof stageOf>) => stageOf(...given).map(({ key }) => key);

const ann = occupant(
  "ann",
  '{"ann-a0":{"muted":false},"ann-v0":{"muted":true},"ann-v1":{"muted":false,"videoType":"desktop"}}',
);
const bob = occupant("bob", "{}");

test("everybody has a tile, a shared screen has one more, and one's own comes last", () => {
  const tiles = tilesOf([ann, bob], self);
  assert.deepEqual(
    tiles.map(({ key }) => key),
    ["ann-v1", "ann", "bob", "self"],
  );
  assert.deepEqual(
    tiles.map(({ hasVideo }) => hasVideo),
    [true, false, false, true],
  );
  assert.deepEqual(
    tiles.map(({ audioMuted }) => audioMuted),
    [false, false, true, false],
  );
});

test("a screen that is no longer shared has no tile", () => {
  const stopped = occupant("ann", '{"ann-v1":{"muted":true,"videoType":"desktop"}}');
  assert.deepEqual(
    tilesOf([stopped], self).map(({ key }) => key),
    ["ann", "self"],
  );
});

test("a shared screen takes the stage unless the user wants everyone alike", () => {
  const tiles = tilesOf([ann, bob], self);
  assert.deepEqual(stageKeys(tiles, free), ["ann-v1"]);
  assert.deepEqual(stageKeys(tiles, { ...free, tileView: true }), []);
  assert.deepEqual(stageKeys(tiles, { ...free, pins: ["bob"] }), ["bob"]);
});

test("of several screens the last is large until another is chosen", () => {
  const cat = occupant("cat", '{"cat-v1":{"muted":false,"videoType":"desktop"}}');
  const tiles = tilesOf([ann, cat], self);
  assert.deepEqual(stageKeys(tiles, free), ["cat-v1"]);
  assert.deepEqual(stageKeys(tiles, { ...free, screen: "ann-v1" }), ["ann-v1"]);
  assert.deepEqual(stageKeys(tiles, { ...free, screen: "gone-v1" }), ["cat-v1"]);
});

test("several who are pinned share the stage, in the order of pinning, and who has left does not", () => {
  assert.deepEqual(stageKeys(tilesOf([ann, bob], self), { ...free, pins: ["bob", "gone", "ann"] }), ["bob", "ann"]);
});

test("one's own screen does not take the stage", () => {
  assert.deepEqual(stageKeys(tilesOf([bob], { ...self, hasScreen: true }), free), []);
});

test("in stage view the one who speaks is shown large", () => {
  const tiles = tilesOf([occupant("cat", "{}"), bob], self);
  assert.deepEqual(stageKeys(tiles, { ...free, tileView: false, speakers: ["bob"] }), ["bob"]);
  assert.deepEqual(stageKeys(tiles, { ...free, tileView: false, speakers: ["bob", "cat"] }), ["bob", "cat"]);
  assert.deepEqual(stageKeys(tiles, { ...free, tileView: false }), ["cat"]);
});

test("a tile asks for the height that shows it", () => {
  assert.deepEqual([90, 200, 300, 700, 1200].map(heightClass), [180, 180, 360, 720, 2160]);
});

test("a telephone has a tile like anybody, with its call and without a picture", () => {
  const phone = somebody("p1", {
    isPhone: true,
    callStatus: "Ringing...",
    sources: new Map([["p1-a0", { muted: false, videoType: "camera" }]]),
  });
  const [tile] = tilesOf([phone], self);
  assert.deepEqual(
    [tile?.isPhone, tile?.callStatus, tile?.hasVideo, tile?.audioMuted],
    [true, "Ringing...", false, false],
  );
});
