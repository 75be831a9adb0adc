import assert from "node:assert/strict";
import { test } from "node:test";
import { Silence } from "./silence.ts";

/** Looks each second, from the first to the last. */
function look(silence: Silence, revision: number, fromMs: number, toMs: number): void {
  for (let now = fromMs; now <= toMs; now += 1_000) silence.looked(revision, now, now);
}

test("a value that is not written again is silent since it was first seen", () => {
  const silence = new Silence({ lookMs: 1_000 });
  assert.equal(silence.silentMs(10), 0);
  look(silence, 1, 0, 3_000);
  assert.equal(silence.silentMs(3_000), 3_000);
  look(silence, 2, 4_000, 9_000);
  assert.equal(silence.silentMs(9_000), 5_000);
});

test("after NATS was away whoever holds it has time to speak", () => {
  const silence = new Silence({ lookMs: 1_000 });
  look(silence, 1, 0, 2_000);
  silence.missed(9_000);
  silence.looked(1, 9_500, 9_500);
  assert.equal(silence.silentMs(9_500), 0);
  look(silence, 1, 10_000, 12_000);
  assert.equal(silence.silentMs(12_000), 12_000);
});

test("an answer that took long, and a time in which nobody looked, count as one in which nothing was seen", () => {
  const slow = new Silence({ lookMs: 1_000 });
  slow.looked(1, 0, 0);
  slow.looked(1, 1_000, 9_000);
  assert.equal(slow.silentMs(9_000), 0);
  const stopped = new Silence({ lookMs: 1_000 });
  stopped.looked(1, 0, 0);
  stopped.looked(1, 60_000, 60_000);
  assert.equal(stopped.silentMs(60_500), 0);
});
