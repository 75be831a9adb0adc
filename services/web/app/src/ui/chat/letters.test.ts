import assert from "node:assert/strict";
import { test } from "node:test";
import { lettersLeft } from "./letters.ts";

test("as many letters as are said to be left fit, in every alphabet", () => {
  for (const letter of ["a", "ж", "&"]) {
    const start = letter.repeat(100);
    const full = start + letter.repeat(lettersLeft(start));
    assert.equal(lettersLeft(full), 0, letter);
    assert.equal(lettersLeft(full + letter.repeat(3)), -3, letter);
  }
});
