import assert from "node:assert/strict";
import { test } from "node:test";
import { bothSure } from "./duty-watch.ts";

const sample = (askedAt: number, isSure: boolean) => ({ askedAt, knownAt: askedAt + 2, isSure });

test("two who were sure one after the other never were together", () => {
  const first = [sample(0, true), sample(40, true), sample(80, false)];
  const second = [sample(20, false), sample(60, true), sample(100, true)];
  assert.deepEqual(bothSure(first, second), []);
});

test("one who was sure between two words of another was sure beside it", () => {
  const first = [sample(0, true), sample(40, true), sample(80, true)];
  assert.deepEqual(bothSure(first, [sample(20, true), sample(39, true), sample(90, true)]), [20]);
});
