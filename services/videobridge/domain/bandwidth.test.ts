import assert from "node:assert/strict";
import { test } from "node:test";
import type { Allocation } from "./allocator.ts";
import { assumedBandwidth, floorOf, forPictures, growCautious, isCollapse, isNewsOf, noCaution } from "./bandwidth.ts";
import { leastLastN, noReduction, reduceLastN, reduction } from "./last-n.ts";

test("an estimate is news when it is the first, changed by 15 %, or the last decision is 5 s old", () => {
  assert.ok(isNewsOf(undefined, 1_000, 0));
  assert.ok(!isNewsOf(1_000, 1_149, 4_999));
  assert.ok(isNewsOf(1_000, 1_150, 0));
  assert.ok(isNewsOf(1_000, 850, 0));
  assert.ok(isNewsOf(1_000, 1_000, 5_000));
});

test("a fall brings four seconds of caution, one that follows soon the double, sixteen at most; then it is forgotten", () => {
  const spans: number[] = [];
  let caution = noCaution;
  for (const at of [0, 2_000, 7_000, 16_000, 40_000, 80_000, 130_000]) {
    caution = growCautious(caution, at);
    spans.push(caution.until - at);
  }
  assert.deepEqual(spans, [4_000, 4_000, 8_000, 16_000, 16_000, 16_000, 4_000]);
});

test("a line has collapsed when it carries less than three quarters of what was decided for", () => {
  assert.ok(isCollapse(1_000, 749));
  assert.ok(!isCollapse(1_000, 750));
  assert.ok(!isCollapse(undefined, 100));
  assert.ok(!isCollapse(1_000, undefined));
});

test("sound comes off first, and a voice that may come", () => {
  assert.equal(forPictures(300_000, 60_000), 200_000);
  assert.equal(forPictures(50_000, 60_000), 0);
});

test("what a client says of its line counts where the operator lets it, up to his limit", () => {
  assert.equal(assumedBandwidth(5_000_000, 0), undefined);
  assert.equal(assumedBandwidth(-1, 10_000_000), undefined);
  assert.equal(assumedBandwidth(5_000_000, 2_000_000), 2_000_000);
});

test("the media engine is told of a floor where more is sent than fits, with room for it to waver", () => {
  const allocation = (isOversending: boolean): Allocation => ({
    isOversending,
    targetBps: 100_000,
    idealBps: 0,
    toTry: undefined,
    sources: [],
  });
  assert.equal(floorOf(allocation(true), 30_000, undefined), 155_000);
  assert.equal(floorOf(allocation(false), 30_000, undefined), 0);
  assert.equal(floorOf(allocation(true), 30_000, 2_000_000), 2_000_000);
});

test("the least of several last-N counts; -1 is no limit", () => {
  assert.equal(leastLastN(-1, undefined), -1);
  assert.equal(leastLastN(5, -1, 3), 3);
  assert.equal(leastLastN(0, 3), 0);
});

test("a bridge with too much to do forwards a quarter less at a time, never nothing, and gives it back later", () => {
  const { effectMs } = reduction;
  const first = reduceLastN(noReduction, 1, 20, 0);
  assert.equal(first.lastN, 15);
  assert.equal(reduceLastN(first, 2, 15, effectMs - 1), first);
  const second = reduceLastN(first, 1.2, 15, effectMs);
  assert.equal(second.lastN, 11);
  assert.equal(reduceLastN({ lastN: 1, changedAt: 0 }, 3, 1, effectMs).lastN, 1);
  assert.equal(reduceLastN(second, 0.8, 11, 2 * effectMs), second);
  const third = reduceLastN(second, 0.6, 11, 2 * effectMs);
  assert.equal(third.lastN, 15);
  assert.equal(reduceLastN(third, 0.6, 9, 3 * effectMs).lastN, -1);
});
