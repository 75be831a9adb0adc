import assert from "node:assert/strict";
import { test } from "node:test";
import { Line } from "./line.ts";
import { Stall } from "./stall.ts";

/** On which about as much flowed as was estimated. */
function measuredLine(estimateBps: number): Line {
  const line = new Line();
  line.noteSent(estimateBps, 0);
  line.hear(estimateBps, 0);
  return line;
}

test("an estimate counts from the first time that half as much flows, not before", () => {
  const line = new Line();
  for (const [at, estimateBps] of [1_500_000, 200_000, 60_000].entries()) line.hear(estimateBps, at * 1_000);
  line.noteSent(29_000, 3_000);
  line.hear(60_000, 3_000);
  assert.deepEqual([line.estimateBps, line.knownBps, line.mayTry(3_000)], [60_000, undefined, false]);
  line.noteSent(30_000, 5_000);
  line.hear(60_000, 5_000);
  assert.equal(line.knownBps, 60_000);
  line.noteSent(0, 7_000);
  line.hear(50_000, 7_000);
  assert.equal(line.knownBps, 50_000, "what was a measurement once remains a word on the line");
  assert.equal(line.isMeasured(7_000), false);
});

test("what was seen to flow long ago proves nothing", () => {
  const line = new Line();
  line.noteSent(1_000_000, 0);
  line.hear(200_000, 8_001);
  assert.deepEqual([line.knownBps, line.sentBps(8_001)], [undefined, undefined]);
});

test("a trial goes on until the estimate falls by a quarter; the next comes after 3 s, then later, 30 s at most", () => {
  const line = measuredLine(1_000_000);
  const waits: number[] = [];
  let now = 0;
  for (let round = 0; round < 6; round += 1) {
    const from = now;
    while (!line.mayTry(now)) now += 500;
    waits.push(now - from);
    line.beginTrial();
    line.hear(760_000, now);
    assert.equal(line.isTrying, true);
    line.hear(740_000, now);
    assert.equal(line.isTrying, false);
    line.hear(1_000_000, now);
  }
  assert.deepEqual(waits, [0, 3_000, 6_000, 12_000, 24_000, 30_000]);
});

test("a trial that led to room for all makes the next one come soon again", () => {
  const line = measuredLine(1_000_000);
  for (let now = 0; now < 60_000; now += 1_000) {
    if (!line.mayTry(now)) continue;
    line.beginTrial();
    line.hear(500_000, now);
    line.hear(1_000_000, now);
  }
  while (!line.mayTry(100_000)) assert.fail("it may be tried by now");
  line.beginTrial();
  line.endTrial();
  line.beginTrial();
  line.hear(500_000, 100_000);
  assert.equal(line.mayTry(103_000), true);
});

test("a line that has just lost a quarter is not pushed for 3 s", () => {
  const line = measuredLine(1_000_000);
  line.hear(700_000, 10_000);
  assert.deepEqual([line.mayTry(12_999), line.mayTry(13_000)], [false, true]);
});

test("pictures of which nothing comes for 8 s begin anew, and again after 8 s", () => {
  const stall = new Stall();
  const begun = [];
  for (let now = 0; now <= 20_000; now += 1_000) if (stall.observe(500_000, 40_000, now)) begun.push(now);
  assert.deepEqual(begun, [8_000, 16_000]);
});

test("no pictures begin anew that flow a little, that are not expected, or that nobody looked at", () => {
  for (const [expectedBps, sentBps] of [
    [500_000, 50_000],
    [0, 0],
    [500_000, undefined],
  ] as const) {
    const stall = new Stall();
    for (let now = 0; now <= 20_000; now += 1_000) assert.equal(stall.observe(expectedBps, sentBps, now), false);
  }
});
