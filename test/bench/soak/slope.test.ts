import assert from "node:assert/strict";
import { test } from "node:test";
import { median, slopePerHour } from "./slope.ts";

test("what grows by one each minute grows by sixty an hour, wherever it begins", () => {
  const samples = [0, 1, 2, 3].map((minute) => ({ atMs: 5_000 + minute * 60_000, value: 100 + minute }));
  assert.ok(Math.abs(slopePerHour(samples) - 60) < 1e-9);
});

test("what goes up and down around one value does not grow", () => {
  const samples = [3, 1, 1, 3].map((value, index) => ({ atMs: index * 60_000, value }));
  assert.ok(Math.abs(slopePerHour(samples)) < 1e-9);
});

test("one moment has no slope", () => assert.ok(Number.isNaN(slopePerHour([{ atMs: 0, value: 1 }]))));

test("a median is in the middle", () => assert.equal(median([9, 1, 5]), 5));
