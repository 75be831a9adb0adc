import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, systemClock, waitAtMost } from "./clock.ts";

test("timers fire in the order of their time, at their time", async () => {
  const clock = new ManualClock(1000);
  const fired: [string, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.now()]);
  clock.after(30, note("late"));
  clock.after(10, note("first"));
  clock.after(10, note("second"));
  await clock.advance(20);
  assert.deepEqual(fired, [
    ["first", 1010],
    ["second", 1010],
  ]);
  await clock.advance(10);
  assert.deepEqual(fired.at(-1), ["late", 1030]);
  assert.deepEqual([clock.now(), clock.pending], [1030, 0]);
});

test("a timer that a timer sets fires within the same move, and promises settle between", async () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const loop = async () => {
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => void clock.after(10, resolve));
      seen.push(clock.now());
    }
  };
  const running = loop();
  await clock.advance(30);
  await running;
  assert.deepEqual(seen, [10, 20, 30]);
});

test("a period repeats until it is cancelled, also from within", async () => {
  const clock = new ManualClock();
  let count = 0;
  const timer = clock.every(10, () => {
    if (++count === 3) timer.cancel();
  });
  await clock.advance(100);
  assert.deepEqual([count, clock.pending], [3, 0]);
  assert.throws(() => clock.every(0, () => {}), RangeError);
});

test("a cancelled timer does not fire", async () => {
  const clock = new ManualClock();
  let count = 0;
  clock.after(10, () => count++).cancel();
  await clock.advance(20);
  assert.equal(count, 0);
});

test("the system's clock fires once, or until it is cancelled", async () => {
  await new Promise<void>((resolve) => void systemClock.after(1, resolve));
  await new Promise<void>((resolve) => {
    let count = 0;
    const timer = systemClock.every(1, () => {
      if (++count < 3) return;
      timer.cancel();
      resolve();
    });
  });
  systemClock.after(60_000, () => {}).cancel();
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
});

test("work is waited for until it is done, fails or has had its time, and leaves no timer", async () => {
  const clock = new ManualClock();
  await waitAtMost(clock, 100, Promise.resolve());
  await assert.rejects(waitAtMost(clock, 100, Promise.reject(new Error("broken"))), /broken/);
  const late = waitAtMost(clock, 100, new Promise(() => {}));
  await clock.advance(99);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  await late;
  assert.equal(clock.pending, 0);
});
