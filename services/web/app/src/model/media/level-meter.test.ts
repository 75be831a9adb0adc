import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOf } from "./level-meter.ts";

test("silence is nothing, full scale is everything and speech is between", () => {
  assert.equal(levelOf(new Float32Array(512)), 0);
  assert.equal(levelOf(new Float32Array(512).fill(1)), 1);
  const speech = levelOf(new Float32Array(512).fill(0.05));
  assert.ok(speech > 0.3 && speech < 0.9);
});
