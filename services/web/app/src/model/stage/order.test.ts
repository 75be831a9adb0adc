import assert from "node:assert/strict";
import { test } from "node:test";
import { bringIntoSight, exchange, seat, seatSpeaker } from "./order.ts";

const order = ["a", "b", "c", "d", "e", "f"];

test("newcomers come last and nobody else moves when somebody comes or goes", () => {
  assert.deepEqual(seat(["b", "a"], ["a", "b", "c"]), ["b", "a", "c"]);
  assert.deepEqual(seat(["b", "a", "c"], ["b", "c"]), ["b", "c"]);
  assert.equal(seat(order, order.toReversed()), order);
});

test("who speaks in sight changes nothing", () => {
  assert.equal(bringIntoSight(order, "b", ["a", "b", "c"], new Map()), order);
});

test("who speaks out of sight takes the place of the one in sight who has been silent longest; two move, no more", () => {
  const spokeAt = new Map([
    ["a", 1],
    ["b", 3],
    ["c", 2],
  ]);
  const next = bringIntoSight(order, "f", ["a", "b", "c"], spokeAt);
  assert.deepEqual(next, ["f", "b", "c", "d", "e", "a"]);
  assert.equal(next.filter((key, index) => key !== order[index]).length, 2);
});

test("of those who never spoke the last gives way", () => {
  assert.deepEqual(bringIntoSight(order, "e", ["a", "b", "c"], new Map([["c", 1]])), ["a", "e", "c", "d", "b", "f"]);
});

test("with nobody in sight, or a stranger speaking, nobody moves", () => {
  assert.equal(bringIntoSight(order, "f", [], new Map()), order);
  assert.equal(bringIntoSight(order, "stranger", ["a"], new Map()), order);
  assert.equal(exchange(order, "a", "a"), order);
});

test("whatever is said, everybody keeps a seat and has only one", () => {
  let now: readonly string[] = order;
  const spokeAt = new Map<string, number>();
  for (let turn = 1; turn < 200; turn++) {
    const speaker = order[(turn * 7) % order.length] ?? "a";
    spokeAt.set(speaker, turn);
    const before = now;
    now = bringIntoSight(now, speaker, now.slice(0, 3), spokeAt);
    assert.deepEqual(now.toSorted(), order);
    assert.ok(now.slice(0, 3).includes(speaker));
    assert.ok(now.filter((key, index) => key !== before[index]).length <= 2);
  }
});

test("on a stage of several a speaker takes the place of who has been silent longest, and the others stay", () => {
  const spokeAt = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
  assert.deepEqual(seatSpeaker([], "a", 2, spokeAt), ["a"]);
  assert.deepEqual(seatSpeaker(["a"], "b", 2, spokeAt), ["a", "b"]);
  assert.deepEqual(seatSpeaker(["a", "b"], "c", 2, spokeAt), ["c", "b"]);
  assert.deepEqual(seatSpeaker(["a", "b"], "b", 2, spokeAt), ["a", "b"]);
  assert.deepEqual(seatSpeaker(["a"], "b", 1, spokeAt), ["b"]);
  assert.deepEqual(seatSpeaker(["a", "b", "c"], "c", 1, spokeAt), ["c"]);
});
