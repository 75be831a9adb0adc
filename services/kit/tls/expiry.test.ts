import assert from "node:assert/strict";
import { test } from "node:test";
import { expiryStep } from "./expiry.ts";

const hourMs = 3600 * 1000;
const dayMs = 24 * hourMs;

const stepsOf = (lifeDays: number, ...leftMs: readonly number[]) => {
  const until = lifeDays * dayMs;
  return leftMs.map((left) => expiryStep({ from: 0, until }, until - left));
};

test("the end is told 14 days, 3 days and a day ahead", () => {
  const left = [30, 14.1, 14, 3.1, 3, 1.1, 1, 0, -5].map((days) => days * dayMs);
  for (const life of [90, 397]) {
    assert.deepEqual(stepsOf(life, ...left), [undefined, undefined, 14, 14, 3, 3, 1, 1, 1]);
  }
});

test("a certificate that lives shorter is told of later, never while it is still young", () => {
  assert.deepEqual(stepsOf(6, 2 * dayMs, 23 * hourMs, 22 * hourMs, 4 * hourMs, hourMs), [
    undefined,
    undefined,
    14,
    3,
    1,
  ]);
  assert.deepEqual(stepsOf(0.5, 11 * hourMs, 4 * hourMs, 1.8 * hourMs), [undefined, undefined, 14]);
});
