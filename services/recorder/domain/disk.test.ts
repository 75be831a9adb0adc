import assert from "node:assert/strict";
import { test } from "node:test";
import { diskLevel, diskReserve } from "./disk.ts";

const rules = { warnBytes: 5_000, minBytes: 2_000 };

test("there is a warning well before the end", () => {
  assert.equal(diskLevel(6_000, rules, []), "good");
  assert.equal(diskLevel(4_999, rules, []), "low");
  assert.equal(diskLevel(2_000, rules, []), "low");
  assert.equal(diskLevel(1_999, rules, []), "full");
});

test("what the longest recording needs to be joined is kept free besides", () => {
  assert.equal(diskReserve(rules, [300, 3_500]), 5_500);
  assert.equal(diskLevel(5_499, rules, [300, 3_500]), "full");
  assert.equal(diskLevel(5_600, rules, [300, 3_500]), "low");
});

test("a level is left only with something to spare", () => {
  assert.equal(diskLevel(5_001, rules, [], "low"), "low");
  assert.equal(diskLevel(5_251, rules, [], "low"), "good");
  assert.equal(diskLevel(2_050, rules, [], "full"), "full");
  assert.equal(diskLevel(2_101, rules, [], "full"), "low");
});
