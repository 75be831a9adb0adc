import assert from "node:assert/strict";
import { test } from "node:test";
import { loudness, SILENCE_DB } from "./voice-levels.ts";

test("silence draws no ring, speech some of it, shouting all of it", () => {
  assert.equal(loudness(SILENCE_DB), 0);
  assert.equal(loudness(20 * Math.log10(0)), 0);
  assert.ok(loudness(-30) > 0.3 && loudness(-30) < 0.7);
  assert.equal(loudness(0), 1);
});
