import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaClock } from "./media-clock.ts";

/** Sound of 48 kHz, a packet each 20 ms. */
const step = 960;

test("unrest of the network is not in the times", () => {
  const clock = new MediaClock(48_000);
  const late = [0, 3, 18, 1, 9, 0, 14, 2];
  const times = Array.from({ length: 500 }, (_, index) => {
    const timestamp = (4_294_960_000 + index * step) >>> 0;
    return clock.map(timestamp, 1_000 + index * 20 + (late[index % late.length] ?? 0));
  });
  times.forEach((time, index) => {
    assert.ok(Math.abs(time - (1_000 + index * 20)) < 1, `${index}: ${time}`);
  });
});

test("a first packet that was late is made good within seconds, and times never go back", () => {
  const clock = new MediaClock(48_000);
  let before = Number.NEGATIVE_INFINITY;
  let time = 0;
  for (let index = 0; index < 400; index += 1) {
    time = clock.map(index * step, 1_000 + index * 20 + (index === 0 ? 150 : 0));
    assert.ok(time >= before);
    before = time;
  }
  assert.ok(Math.abs(time - (1_000 + 399 * 20)) < 2);
});

test("a sender's clock that runs fast is followed over an hour", () => {
  const clock = new MediaClock(48_000);
  const drift = 1.0001;
  let worst = 0;
  for (let index = 0; index < 180_000; index += 1) {
    const time = clock.map(Math.round(index * step * drift) >>> 0, index * 20);
    worst = Math.max(worst, Math.abs(time - index * 20));
  }
  assert.ok(worst < 5, `${worst} ms`);
});

test("after a silence in which the sender's clock stood still the times are right again at once", () => {
  const clock = new MediaClock(48_000);
  for (let index = 0; index < 100; index += 1) clock.map(index * step, index * 20);
  assert.equal(Math.round(clock.map(100 * step, 60_000)), 60_000);
  assert.equal(Math.round(clock.map(101 * step, 60_020)), 60_020);
});

test("a clock that was set is followed, forwards and backwards", () => {
  const clock = new MediaClock(48_000);
  for (let index = 0; index < 200; index += 1) clock.map(index * step, index * 20);
  let time = 0;
  for (let index = 200; index < 600; index += 1) time = clock.map((index * step + 900_000) >>> 0, index * 20);
  assert.ok(Math.abs(time - 599 * 20) < 2);
  for (let index = 600; index < 1_000; index += 1) time = clock.map((index * step - 900_000) >>> 0, index * 20);
  assert.ok(Math.abs(time - 999 * 20) < 2);
});
