import assert from "node:assert/strict";
import { test } from "node:test";
import { JUDGED_FRAMES, Pace, SLOW_MS } from "./pace.ts";

test("a computer is slow when most frames take too long, not when one does", () => {
  const quick = new Pace();
  for (let frame = 0; frame < JUDGED_FRAMES * 2; frame++) assert.ok(!quick.took(frame % 10 === 0 ? 900 : 12));
  const slow = new Pace();
  const verdicts = Array.from({ length: JUDGED_FRAMES }, () => slow.took(SLOW_MS));
  assert.ok(!verdicts.at(-2));
  assert.ok(verdicts.at(-1));
});

test("where it becomes tight the outline is found in each second frame", () => {
  const pace = new Pace();
  assert.ok(pace.isDue);
  for (let frame = 0; frame < 4; frame++) pace.took(40);
  const due = Array.from({ length: 4 }, () => {
    const { isDue } = pace;
    pace.took(40);
    return isDue;
  });
  assert.deepEqual(due, [true, false, true, false]);
});
