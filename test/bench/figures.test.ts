import assert from "node:assert/strict";
import { test } from "node:test";
import { distribution } from "./figures.ts";

test("a percentile is the sample that so many of a hundred do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(distribution(hundred), { samples: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  assert.deepEqual(distribution([7]), { samples: 1, p50: 7, p95: 7, p99: 7, max: 7 });
});
