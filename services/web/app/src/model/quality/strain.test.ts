import assert from "node:assert/strict";
import { test } from "node:test";
import { type Effort, isStrained, strainOf } from "./strain.ts";

const ease: Effort = {
  windowMs: 5000,
  longTasksMs: 100,
  framesDecoded: 1500,
  framesDropped: 5,
  isSendingCut: false,
  pressure: undefined,
};
const hard: Effort = { ...ease, longTasksMs: 3000 };

test("a machine at ease shows no strain, whatever one figure says for itself", () => {
  assert.equal(strainOf(ease), 0);
  assert.ok(strainOf({ ...ease, isSendingCut: true }) < 2);
  assert.ok(strainOf({ ...ease, pressure: "serious" }) < 2);
  assert.equal(strainOf({ ...ease, framesDecoded: 3, framesDropped: 20 }), 0);
});

test("long tasks, lost frames, or the system's own word are strain", () => {
  for (const sign of [
    { longTasksMs: 3000 },
    { framesDropped: 1500 },
    { pressure: "critical" },
    { isSendingCut: true, pressure: "serious" },
  ] as const)
    assert.ok(strainOf({ ...ease, ...sign }) >= 2, JSON.stringify(sign));
});

test("it takes three windows of the last four", () => {
  assert.equal(isStrained([hard, hard]), false);
  assert.equal(isStrained([hard, ease, ease, hard]), false);
  assert.equal(isStrained([hard, ease, hard, hard]), true);
  assert.equal(isStrained([hard, hard, hard, ease, ease]), false);
});
