import assert from "node:assert/strict";
import { test } from "node:test";
import { attend, MAX_VISITORS, type Present, until, type Visitor } from "./attendance.ts";

const MINUTE = 60_000;
const ann: Present = { id: "a1", name: "Аня", isModerator: false, isPhone: false };
const bob: Present = { id: "b1", name: "Боб", isModerator: true, isPhone: false };

function play(...steps: readonly (readonly [number, ...Present[]])[]): readonly Visitor[] {
  return steps.reduce<readonly Visitor[]>((list, [minute, ...present]) => attend(list, present, minute * MINUTE), []);
}

test("people are listed from when they were first seen to when they were last seen", () => {
  const [first, second] = until(play([0, ann], [10, ann, bob], [30, bob]), 45 * MINUTE);
  assert.deepEqual(first, {
    ids: ["a1"],
    name: "Аня",
    isModerator: false,
    isPhone: false,
    isPresent: false,
    firstSeen: 0,
    lastSeen: 30 * MINUTE,
    presentMs: 30 * MINUTE,
    visits: 1,
  });
  assert.equal(second?.presentMs, 35 * MINUTE);
  assert.equal(second?.isModerator, true);
});

test("who comes back is the same line, without the time between", () => {
  const [visitor, ...others] = until(play([0, ann], [10], [30, { ...ann, id: "a2" }]), 40 * MINUTE);
  assert.deepEqual(others, []);
  assert.equal(visitor?.presentMs, 20 * MINUTE);
  assert.equal(visitor?.visits, 2);
  assert.equal(visitor?.lastSeen, 40 * MINUTE);
});

test("a moment between two rooms is not an absence", () => {
  const [visitor] = until(play([0, ann], [10], [10.1, ann]), 20 * MINUTE);
  assert.equal(visitor?.presentMs, 20 * MINUTE);
  assert.equal(visitor?.visits, 1);
});

test("two of one name who are there at once are two", () => {
  assert.equal(play([0, ann, { ...ann, id: "a2" }]).length, 2);
});

test("who has no name is never taken for another", () => {
  const guest = { ...ann, name: "" };
  assert.equal(play([0, guest], [1], [2, { ...guest, id: "a2" }]).length, 2);
});

test("a new name or role is shown", () => {
  const [visitor] = play([0, ann], [1, { ...ann, name: "Анна", isModerator: true }]);
  assert.equal(visitor?.name, "Анна");
  assert.equal(visitor?.isModerator, true);
});

test("the list has an end: those who left first are dropped first", () => {
  const crowd = Array.from({ length: MAX_VISITORS }, (_, index) => ({ ...ann, id: `x${index}`, name: `x${index}` }));
  const list = attend(attend([], [bob], 0), crowd, MINUTE);
  assert.equal(list.length, MAX_VISITORS);
  assert.ok(!list.some(({ name }) => name === bob.name));
});
