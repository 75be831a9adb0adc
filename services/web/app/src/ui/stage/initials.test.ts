import assert from "node:assert/strict";
import { test } from "node:test";
import { hueOf, initialsOf } from "./initials.ts";

test("initials are taken from the first and the last word, in any script", () => {
  assert.equal(initialsOf("Анна Петровна Сидорова"), "АС");
  assert.equal(initialsOf("zoe"), "Z");
  assert.equal(initialsOf("(Ученик) 7Б"), "У7");
  assert.equal(initialsOf("  "), "");
});

test("a colour belongs to a person", () => {
  assert.equal(hueOf("ab12cd34"), hueOf("ab12cd34"));
  assert.ok(hueOf("x") >= 0 && hueOf("x") < 360);
});
