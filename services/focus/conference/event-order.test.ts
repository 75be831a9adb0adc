import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { EventOrder, holdMs } from "./event-order.ts";

function open() {
  const clock = new ManualClock();
  const heard: string[] = [];
  let holes = 0;
  const order = new EventOrder<string>(
    clock,
    (event) => heard.push(event),
    () => {
      holes += 1;
    },
  );
  return { clock, heard, order, holes: () => holes };
}

test("events wait for the snapshot, and those that it told are left out", () => {
  const { heard, order } = open();
  for (const seq of [3, 4, 5]) order.hear(seq, `e${seq}`);
  assert.deepEqual(heard, []);
  order.restart(4);
  assert.deepEqual(heard, ["e5"]);
});

test("an event that came early waits for the one before it", async () => {
  const { clock, heard, order, holes } = open();
  order.restart(0);
  order.hear(2, "e2");
  await clock.advance(holdMs - 1);
  order.hear(1, "e1");
  await clock.advance(holdMs);
  assert.deepEqual([heard, holes()], [["e1", "e2"], 0]);
  assert.equal(clock.pending, 0);
});

test("one that never comes is a hole; a snapshot mends it", async () => {
  const { clock, heard, order, holes } = open();
  order.restart(0);
  order.hear(2, "e2");
  await clock.advance(holdMs);
  assert.equal(holes(), 1);
  order.hear(3, "e3");
  order.restart(2);
  assert.deepEqual(heard, ["e3"]);
});

test("another server process begins to count anew", () => {
  const { heard, order } = open();
  order.restart(40);
  order.forget();
  order.hear(1, "e1");
  order.restart(0);
  assert.deepEqual(heard, ["e1"]);
});
