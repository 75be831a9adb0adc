import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOf } from "../codecs/level.ts";
import { toneOf, tonePower } from "../testing/tones.ts";
import { addNoise, noiseLevel } from "./comfort-noise.ts";
import { Latch } from "./latch.ts";
import { Limiter } from "./limiter.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { Speakers } from "./speakers.ts";
import { Ticker } from "./ticker.ts";

const from = (ip: string, port: number, sequence = 1, ssrc = 1) => ({ ip, port, sequence, ssrc });

test("a phone is heard from the address that was agreed on, and from one port of it", () => {
  const latch = new Latch({ ip: "203.0.113.5", port: 4_000 });
  assert.equal(latch.admits(from("198.51.100.1", 4_000), 0), false, "another host is not heard, not even first");
  assert.equal(latch.target.ip, "203.0.113.5");
  assert.equal(latch.admits(from("203.0.113.5", 4_002), 0), true, "behind a translator that has given it another port");
  assert.equal(latch.target.port, 4_002);
  assert.equal(latch.admits(from("203.0.113.5", 4_008), 10), false);
  assert.equal(latch.admits(from("203.0.113.5", 4_000), 20), true, "the very place that was agreed on");
  assert.equal(latch.admits(from("203.0.113.5", 4_002), 30), false);
});

test("a phone that says a private address is heard from where it sends first, and goes on elsewhere after a silence", () => {
  for (const ip of ["192.168.1.5", "10.1.2.3", "172.20.0.1", "100.64.0.9", "0.0.0.0", "fd00::1"]) {
    const latch = new Latch({ ip, port: 4_000 });
    assert.equal(latch.admits(from("198.51.100.1", 9_000, 10), 0), true);
    assert.equal(latch.admits(from("198.51.100.2", 9_000, 11), 100), false, "nobody takes it over");
    assert.equal(latch.admits(from("198.51.100.2", 9_000, 30, 2), 5_000), false, "nor another stream later");
    assert.equal(latch.admits(from("198.51.100.2", 9_000, 9, 1), 5_000), false, "nor old numbers");
    assert.equal(latch.admits(from("198.51.100.2", 9_000, 30, 1), 5_000), true);
  }
});

test("the loudest are heard, with an advantage for those who are heard already", () => {
  const speakers = new Speakers(2);
  const say = (levels: readonly number[], times: number, at: number): void => {
    for (let time = 0; time < times; time += 1)
      for (const [ssrc, level] of levels.entries()) speakers.hear(ssrc, level, at + time * 20);
  };
  const heard = (): number[] => [0, 1, 2, 3].filter((ssrc) => speakers.isHeard(ssrc));
  say([30, 40, 60, 127], 50, 0);
  assert.deepEqual(heard(), [0, 1]);
  say([30, 40, 38, 127], 50, 1_000);
  assert.deepEqual(heard(), [0, 1], "a little louder is not enough");
  say([30, 40, 20, 127], 50, 2_000);
  assert.deepEqual(heard(), [0, 2]);
  for (let time = 0; time < 20; time += 1) speakers.hear(3, 60, 6_000 + time * 20);
  assert.equal(heard().length, 2);
  assert.ok(heard().includes(3), "who sends nothing any more gives the place away");
  speakers.keep((ssrc) => ssrc === 1);
  assert.equal(speakers.hear(7, 90, 7_000).isHeard, true, "who is gone keeps no place");
});

test("three loud voices don't clip, and one alone is as it was", () => {
  const limiter = new Limiter();
  const voices = [toneOf(431, 8_000, 0.6), toneOf(673, 8_000, 0.6), toneOf(1_013, 8_000, 0.6)];
  let sound = new Float32Array(0);
  for (let frame = 0; frame < 50; frame += 1) {
    const sum = new Float32Array(160);
    for (const voice of voices) for (const [at, value] of voice(160).entries()) sum[at] = (sum[at] ?? 0) + value;
    const limited = limiter.limit(sum);
    assert.ok(limited.every((value) => Math.abs(value) <= 1));
    sound = new Float32Array([...sound, ...limited]);
  }
  // What would clip has overtones: the third of 431 Hz is one that nobody said.
  assert.ok(tonePower(sound.subarray(4_000), 1_293, 8_000) < -40);
  const alone = new Limiter();
  const said = toneOf(431, 8_000, 0.6)(160);
  assert.deepEqual(alone.limit(said.slice()), said);
});

test("comfort noise is as loud as it says", () => {
  const level = levelOf(addNoise(new Float32Array(16_000), 3));
  assert.ok(Math.abs(level - noiseLevel) <= 1, `${level}`);
});

test("ticks don't drift, are made up for within 100 ms, and are left out after a standstill", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
  let now = 0;
  const ticks: { readonly at: number; readonly skipped: number }[] = [];
  const ticker = new Ticker({ now: () => now, tick: (skipped) => ticks.push({ at: now, skipped }) });
  /** The thread runs again then. */
  const wakeAt = (at: number): void => {
    const passed = at - now;
    now = at;
    context.mock.timers.tick(passed);
    context.mock.timers.tick(0);
  };
  for (let due = 20; due <= 2_000; due += 20) wakeAt(due + 3);
  assert.equal(ticks.length, 100);
  assert.ok(ticks.every(({ at }, index) => at === (index + 1) * 20 + 3));
  assert.equal(ticker.isLate, false);
  now = 2_083;
  assert.equal(ticker.isLate, true, "before it has run again");
  context.mock.timers.tick(80);
  assert.equal(ticks.length, 104, "four at once");
  wakeAt(2_103);
  assert.equal(ticker.isLate, false);
  wakeAt(12_105);
  assert.equal(ticks.reduce((sum, { skipped }) => sum + skipped, 0) + ticks.length, 605);
  assert.ok(ticks.length < 112);
  const before = ticks.length;
  ticker.close();
  wakeAt(20_000);
  assert.equal(ticks.length, before);
});

test("silence is told once, its end once, and being held is none", () => {
  const told: boolean[] = [];
  const watch = new SilenceWatch(1_000, (isSilent) => told.push(isSilent));
  watch.begin(0);
  watch.look(0, true, 900);
  watch.look(0, true, 1_100);
  watch.look(0, true, 1_200);
  assert.deepEqual(told, [true]);
  watch.look(1_210, true, 1_220);
  assert.deepEqual(told, [true, false]);
  watch.look(1_210, false, 9_000);
  watch.look(1_210, true, 9_020);
  assert.deepEqual(told, [true, false]);
  watch.look(1_210, true, 10_020);
  assert.deepEqual(told, [true, false, true]);
});
