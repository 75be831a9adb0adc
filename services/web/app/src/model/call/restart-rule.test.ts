import assert from "node:assert/strict";
import { test } from "node:test";
import { patienceMs, restartDelayMs } from "./restart-rule.ts";

test("a failed path is given up at once, a silent one after a while, sooner when the bridge itself is gone", () => {
  assert.equal(patienceMs({ state: "failed", channelIsOpen: true }), 0);
  assert.equal(patienceMs({ state: "disconnected", channelIsOpen: true }), 3000);
  assert.equal(patienceMs({ state: "disconnected", channelIsOpen: false }), 500);
  assert.equal(patienceMs({ state: "connected", channelIsOpen: false }), undefined);
});

test("restarts are more than five seconds apart", () => {
  assert.equal(restartDelayMs(10_000, undefined), 0);
  assert.equal(restartDelayMs(10_000, 9000), 4200);
  assert.equal(restartDelayMs(20_000, 9000), 0);
});
