import assert from "node:assert/strict";
import { test } from "node:test";
import { endingOf } from "./ending.ts";

test("what the server says of the end is understood where it is always the same", () => {
  assert.equal(endingOf("destroyed", "The meeting has been terminated"), "ended-for-all");
  assert.equal(endingOf("destroyed", "The meeting has lasted as long as meetings may last here"), "time-up");
  assert.equal(endingOf("destroyed", "toString"), "ended");
  assert.equal(endingOf("destroyed", ""), "ended");
});

test("how somebody went counts for more than what was said about it", () => {
  assert.equal(endingOf("kicked", "The meeting has been terminated"), "kicked");
  assert.equal(endingOf("left", ""), "left");
});
