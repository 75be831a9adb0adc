import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, NatsClock } from "./nats-clock.ts";

const hourMs = 3_600_000;

test("a clock that is wrong is told with by how much and which way, and once", () => {
  const clock = new NatsClock();
  const told: (string | undefined)[] = [];
  clock.onCompared(({ warning, isNew }) => isNew && told.push(warning));
  clock.note(0, hourMs);
  clock.note(1_000, hourMs + 1_010);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^clock is 3,600 s ahead of NATS, expected ≤ 2s/);
  assert.equal(clock.aheadMs, hourMs);
  const late = new NatsClock();
  late.note(hourMs, 0);
  assert.match(late.warning ?? "", /^clock is 3,600 s behind NATS/);
});

test("one message that was long on its way says nothing, nor does a time that is none", () => {
  const clock = new NatsClock();
  for (const onItsWayMs of [3, 9_000, 5]) clock.note(1_000, 1_000 + onItsWayMs);
  clock.note(Number.NaN, 0);
  assert.deepEqual([clock.aheadMs, clock.warning], [5, undefined]);
});

test("the clock that was set right is right after a few comparisons", () => {
  const clock = new NatsClock();
  for (let index = 0; index < 5; index++) clock.note(0, hourMs);
  for (let index = 0; index < 3; index++) clock.note(hourMs, hourMs);
  assert.equal(clock.warning, undefined);
});

test("a value that was there has its age, unless the servers' clocks contradict one another", () => {
  assert.equal(ageOf(1_000, 5_000, 15_000), 4_000);
  assert.equal(ageOf(1_000, 17_000, 15_000), 15_000);
  assert.equal(ageOf(hourMs, 5_000, 15_000), 0, "from the future");
  assert.equal(ageOf(5_000, hourMs, 15_000), 0, "its server would not have it any more");
});
