import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText } from "./clock-text.ts";

test("a length of time reads as on a clock, and a clock that is behind gives none", () => {
  assert.equal(clockText(0), "00:00");
  assert.equal(clockText(65_999), "01:05");
  assert.equal(clockText(3_600_000 + 2 * 60_000 + 3000), "1:02:03");
  assert.equal(clockText(-5000), "00:00");
});
