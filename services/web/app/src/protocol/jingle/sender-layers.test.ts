import assert from "node:assert/strict";
import { test } from "node:test";
import { type Capture, cameraLayers, layeredCamera, layeredScreen, screenLayers } from "./sender-layers.ts";

const hd: Capture = { width: 1280, height: 720 };
const active = (capture: Capture, maxHeight: number) =>
  cameraLayers(3, capture, maxHeight).map((layer) => layer.active);
const scales = (capture: Capture) => cameraLayers(3, capture, -1).map((layer) => layer.scaleResolutionDownBy);

test("only layers that somebody wants are sent", () => {
  assert.deepEqual(active(hd, 180), [true, false, false]);
  assert.deepEqual(active(hd, 360), [true, true, false]);
  assert.deepEqual(active(hd, 720), [true, true, true]);
  assert.deepEqual(active(hd, -1), [true, true, true]);
});

test("nobody looking means nothing sent, and a little is given to whoever wants less than the lowest layer", () => {
  assert.deepEqual(active(hd, 0), [false, false, false]);
  assert.deepEqual(active(hd, 90), [true, false, false]);
});

test("a large camera is scaled down further", () => {
  assert.deepEqual(scales({ width: 1920, height: 1080 }), [6, 3, 1]);
});

test("a small camera reaches its full size with the layers a browser really sends", () => {
  assert.deepEqual(scales({ width: 640, height: 360 }), [2, 1, 1]);
  assert.deepEqual(active({ width: 640, height: 360 }, -1), [true, true, false]);
  assert.deepEqual(active({ width: 320, height: 180 }, -1), [true, false, false]);
});

test("a camera held upright counts by its shorter side", () => {
  assert.deepEqual(active({ width: 720, height: 1280 }, 360), [true, true, false]);
});

test("a shared screen is sent whole or not at all", () => {
  assert.deepEqual(screenLayers(1, 0)[0]?.active, false);
  assert.deepEqual(screenLayers(1, 180)[0], { active: true, scaleResolutionDownBy: 1, maxBitrate: 2_500_000 });
});

const layered = (capture: Capture, maxHeight: number) => {
  const [{ active, scaleResolutionDownBy, scalabilityMode }] = layeredCamera(capture, maxHeight, true) as [
    ReturnType<typeof layeredCamera>[number],
  ];
  return active ? `${scalabilityMode} at 1/${scaleResolutionDownBy}` : "nothing";
};

test("a camera in one stream has as many sizes as somebody wants", () => {
  assert.deepEqual(
    [-1, 720, 360, 180, 90, 0].map((height) => layered(hd, height)),
    ["L3T3_KEY at 1/1", "L3T3_KEY at 1/1", "L2T3_KEY at 1/2", "L1T3 at 1/4", "L1T3 at 1/4", "nothing"],
  );
  assert.equal(layered({ width: 640, height: 360 }, -1), "L2T3_KEY at 1/1");
});

test("a browser that knows no scalability modes sends one size, the full one", () => {
  assert.deepEqual(layeredCamera(hd, 180, false), [{ active: true, scaleResolutionDownBy: 1, maxBitrate: 1_500_000 }]);
  assert.equal(layeredScreen(-1, false)[0]?.scalabilityMode, undefined);
  assert.equal(layeredScreen(-1, true)[0]?.scalabilityMode, "L1T3");
});
