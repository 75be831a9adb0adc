import assert from "node:assert/strict";
import { test } from "node:test";
import { captureRules, failuresNow, nextTryMs } from "./backoff.ts";

test("tries come later each time, and end", () => {
  assert.deepEqual([1, 2, 3, 4, 5].map(nextTryMs), [100, 1_000, 2_000, 4_000, undefined]);
});

test("who ran well for a while starts from the first again", () => {
  assert.equal(failuresNow(4, captureRules.goodAfterMs), 1);
  assert.equal(failuresNow(4, 1_000), 5);
});
