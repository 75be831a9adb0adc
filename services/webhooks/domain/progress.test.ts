import assert from "node:assert/strict";
import { test } from "node:test";
import { beginning, delivered, enabled, failed, gone, isDisabled, isOpen, type Progress } from "./progress.ts";

const rules = { firstRetryMs: 1_000, longestRetryMs: 1_800_000, giveUpMs: 24 * 3600_000 };
const start = 1_000_000;
const failure = { event: "s-1", failure: "status 500" };

/** Fails at each of its tries until it is disabled; the pauses between them. */
function failOn(random: number): { progress: Progress; pausesMs: number[] } {
  let progress = beginning("e");
  let nowMs = start;
  const pausesMs: number[] = [];
  while (!isDisabled(progress)) {
    progress = failed(progress, failure, nowMs, random, rules);
    if (isDisabled(progress)) break;
    pausesMs.push(progress.nextTryMs - nowMs);
    nowMs = progress.nextTryMs;
  }
  return { progress, pausesMs };
}

test("pauses double up to half an hour, and chance takes up to half of each away", () => {
  assert.deepEqual(failOn(0.999999).pausesMs.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  assert.deepEqual(failOn(0).pausesMs.slice(0, 4), [500, 1_000, 2_000, 4_000]);
  assert.ok(rules.longestRetryMs - Math.max(...failOn(0.999999).pausesMs) < 10);
});

test("what has failed for 24 hours is disabled by a last try at their very end", () => {
  const { progress, pausesMs } = failOn(0.5);
  assert.equal(progress.disabledMs, start + rules.giveUpMs);
  assert.equal(progress.disabledReason, "failing");
  assert.equal(
    pausesMs.reduce((sum, one) => sum + one, 0),
    rules.giveUpMs,
  );
});

test("a pause that the receiver asks for is kept, within the 24 hours", () => {
  const asked = failed(beginning("e"), { ...failure, retryAfterMs: 120_000 }, start, 0.5, rules);
  assert.equal(asked.nextTryMs, start + 120_000);
  assert.equal(failed(beginning("e"), { ...failure, retryAfterMs: 10 }, start, 0, rules).nextTryMs, start + 500);
  const tooLong = failed(beginning("e"), { ...failure, retryAfterMs: 9e9 }, start, 0, rules);
  assert.equal(tooLong.nextTryMs, start + rules.giveUpMs);
});

test("one that was accepted ends the failing, and 410 ends everything at once", () => {
  const failing = failed(beginning("e"), failure, start, 0, rules);
  assert.deepEqual([isOpen(failing, start), isOpen(failing, start + 500)], [false, true]);
  const well = delivered(failing, 2, start + 600);
  assert.deepEqual([well.failures, well.failingSinceMs, well.failure, well.delivered], [0, 0, "", 2]);
  const over = gone(well, "s-3", start + 700);
  assert.deepEqual([over.disabledReason, over.disabledMs, isOpen(over, start + 9e9)], ["gone", start + 700, false]);
  assert.equal(isOpen(enabled(over), start), true);
  assert.equal(enabled(over).delivered, 2);
});
