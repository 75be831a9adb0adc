import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import type { Phase } from "../call/state.ts";
import { Visit } from "./visit.ts";

function begin() {
  const clock = { now: 1000 };
  const phase = signal<Phase>({ name: "idle" });
  const told: number[] = [];
  const visit = new Visit(
    phase,
    () => clock.now,
    (lastedMs) => told.push(lastedMs),
  );
  const go = (next: Phase, now: number) => {
    clock.now = now;
    phase.value = next;
  };
  return { visit, told, go };
}

const joining: Phase = { name: "joining", waitingForHost: false };
const ended: Phase = { name: "ended", how: "left", reason: "" };

test("a visit lasts from the first moment in the room to the last, lost links included", () => {
  const { visit, told, go } = begin();
  go(joining, 2000);
  go({ name: "joined" }, 3000);
  go(joining, 5000);
  go({ name: "joined" }, 6000);
  assert.equal(visit.lastedMs.value, 0);
  go(ended, 63_000);
  assert.equal(visit.lastedMs.value, 60_000);
  assert.deepEqual(told, [60_000]);
});

test("whoever was never in the room has not visited it", () => {
  const { visit, told, go } = begin();
  go(joining, 2000);
  go({ name: "refused", problem: "full", text: "" }, 3000);
  assert.equal(visit.lastedMs.value, 0);
  assert.deepEqual(told, []);
});
