import assert from "node:assert/strict";
import { test } from "node:test";
import { coverPart, MASK_HEIGHT, MASK_WIDTH, smooth, toAlpha, toInput } from "./mask.ts";

test("colours come to the model without their transparency, from 0 to 1", () => {
  const rgba = new Uint8ClampedArray(MASK_WIDTH * MASK_HEIGHT * 4).fill(255);
  rgba[0] = 0;
  const input = new Float32Array(MASK_WIDTH * MASK_HEIGHT * 3);
  toInput(rgba, input);
  assert.deepEqual([...input.slice(0, 3)], [0, 1, 1]);
  assert.equal(input.at(-1), 1);
});

test("an outline follows within some frames and does not flicker with one", () => {
  const mask = new Float32Array(1);
  smooth(mask, new Float32Array([1]));
  assert.ok((mask[0] ?? 0) > 0.5 && (mask[0] ?? 0) < 0.8);
  for (let frame = 0; frame < 5; frame++) smooth(mask, new Float32Array([1]));
  assert.ok((mask[0] ?? 0) > 0.95);
  smooth(mask, new Float32Array([0]));
  assert.ok((mask[0] ?? 0) > 0.3);
});

test("of two numbers a pixel the second is the person", () => {
  const mask = new Float32Array(2);
  for (let frame = 0; frame < 9; frame++) smooth(mask, new Float32Array([0.9, 0.1, 0.2, 0.8]));
  assert.ok((mask[0] ?? 1) < 0.2 && (mask[1] ?? 0) > 0.7);
});

test("what is surely somebody is opaque, what is surely nobody is clear", () => {
  const rgba = new Uint8ClampedArray(3 * 4);
  toAlpha(new Float32Array([0.1, 0.5, 0.9]), rgba);
  assert.deepEqual([rgba[3], rgba[7], rgba[11]], [0, 128, 255]);
});

test("a picture fills the frame and keeps its shape", () => {
  assert.deepEqual(coverPart({ width: 1280, height: 720 }, { width: 640, height: 360 }), [0, 0, 1280, 720]);
  assert.deepEqual(coverPart({ width: 1280, height: 720 }, { width: 360, height: 360 }), [280, 0, 720, 720]);
  assert.deepEqual(coverPart({ width: 400, height: 800 }, { width: 640, height: 360 }), [0, 287.5, 400, 225]);
});
