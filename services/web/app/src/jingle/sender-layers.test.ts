import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraLayers, screenLayers } from "./sender-layers.ts";

const active = (captureHeight: number, maxHeight: number) =>
  cameraLayers(3, captureHeight, maxHeight).map((layer) => layer.active);

test("only layers that somebody wants are sent", () => {
  assert.deepEqual(active(720, 180), [true, false, false]);
  assert.deepEqual(active(720, 360), [true, true, false]);
  assert.deepEqual(active(720, 720), [true, true, true]);
  assert.deepEqual(active(720, -1), [true, true, true]);
});

test("nobody looking means nothing sent, and a little is given to whoever wants less than the lowest layer", () => {
  assert.deepEqual(active(720, 0), [false, false, false]);
  assert.deepEqual(active(720, 90), [true, false, false]);
});

test("a large camera is scaled down further", () => {
  assert.deepEqual(
    cameraLayers(3, 1080, -1).map((layer) => layer.scaleResolutionDownBy),
    [6, 3, 1],
  );
});

test("a shared screen is sent whole or not at all", () => {
  assert.deepEqual(screenLayers(1, 0)[0]?.active, false);
  assert.deepEqual(screenLayers(1, 180)[0], { active: true, scaleResolutionDownBy: 1, maxBitrate: 2_500_000 });
});
