import assert from "node:assert/strict";
import { test } from "node:test";
import { overflowOf, TOOL_SPACE_PX } from "./fitting.ts";

const ids = ["desktop", "raisehand", "chat", "microphone", "hangup", "camera", "tileview", "security"];

test("on a wide page nothing goes behind the last button", () => {
  assert.equal(overflowOf(ids, 1280).size, 0);
  assert.equal(overflowOf(ids, Number.POSITIVE_INFINITY).size, 0);
});

test("on a phone the buttons that are left are as large as a finger, and one can always leave", () => {
  for (let length = 200; length < 500; length += 7) {
    const gone = overflowOf(ids, length);
    const left = ids.length - gone.size + 1;
    assert.ok(left * TOOL_SPACE_PX - 4 <= length, `${length}: ${left}`);
    assert.equal(gone.has("hangup"), false);
  }
  assert.deepEqual([...overflowOf(ids, 348)], ["security", "desktop"]);
});
