import assert from "node:assert/strict";
import { test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { readSourceInfo } from "../../protocol/conference/source-info.ts";
import { onStage, tilesOf } from "./tiles.ts";

const occupant = (id: string, info: string): Occupant => ({
  id,
  realJid: "",
  name: id,
  isModerator: false,
  isFocus: false,
  isHidden: false,
  handRaisedAt: 0,
  sources: readSourceInfo(info, id),
  properties: new Map(),
  features: new Set(),
  avatarUrl: "",
  email: "",
  isSilent: false,
});
const self = {
  id: "me",
  name: "Me",
  audioMuted: false,
  hasCamera: true,
  hasScreen: false,
  handRaisedAt: 0,
  isModerator: true,
};
const free = { tileView: undefined, pinned: undefined, dominant: undefined };

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
  assert.equal(onStage(tiles, free)?.key, "ann-v1");
  assert.equal(onStage(tiles, { ...free, tileView: true }), undefined);
  assert.equal(onStage(tiles, { ...free, pinned: "bob" })?.key, "bob");
});

test("one's own screen does not take the stage", () => {
  assert.equal(onStage(tilesOf([bob], { ...self, hasScreen: true }), free), undefined);
});

test("in stage view the one who speaks is shown large", () => {
  const tiles = tilesOf([occupant("cat", "{}"), bob], self);
  assert.equal(onStage(tiles, { ...free, tileView: false, dominant: "bob" })?.key, "bob");
  assert.equal(onStage(tiles, { ...free, tileView: false })?.key, "cat");
});
