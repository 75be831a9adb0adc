import assert from "node:assert/strict";
import { test } from "node:test";
import { longestStandstillMs } from "./standstill.ts";
import { eventually } from "./wait.ts";

test("a machine that stands still is noticed, and what was before is left out", async () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await eventually("it is noticed", () => (longestStandstillMs() >= 250 ? undefined : `${longestStandstillMs()} ms`));
  assert.equal(longestStandstillMs(performance.now() + 1), 0);
});
