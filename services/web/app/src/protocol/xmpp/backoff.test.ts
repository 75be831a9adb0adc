import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectDelayMs } from "./backoff.ts";

test("the first attempt comes within a second and none is further apart than two", () => {
  assert.equal(reconnectDelayMs(0, 0), 300);
  assert.ok(reconnectDelayMs(0, 1) <= 800);
  for (let attempt = 0; attempt < 50; attempt++) assert.ok(reconnectDelayMs(attempt, 1) <= 2000);
});
