import assert from "node:assert/strict";
import { test } from "node:test";
import { SoundLine } from "./sound-line.ts";

test("sound that begins before the film loses its beginning, sound that begins later is preceded by silence", () => {
  assert.deepEqual(new SoundLine(48_000).take(-4, 480), { silence: 0, skip: 192 });
  assert.deepEqual(new SoundLine(48_000).take(100, 480), { silence: 4_800, skip: 0 });
});

test("sound that comes unevenly is one line", () => {
  const line = new SoundLine(48_000);
  for (let index = 0; index < 500; index++)
    assert.deepEqual(line.take(index * 10 + (index % 7) * 5, 480), { silence: 0, skip: 0 });
  assert.equal(line.laid, 240_000);
});

test("a hole is filled at once, what is there twice is left out", () => {
  const line = new SoundLine(48_000);
  line.take(0, 480);
  assert.deepEqual(line.take(110, 480), { silence: 4_800, skip: 0 });
  assert.deepEqual(line.take(20, 480), { silence: 0, skip: 480 });
});

test("where no sound comes there is silence, a little behind; sound that comes after it is in its place", () => {
  const line = new SoundLine(48_000);
  line.take(0, 480);
  assert.equal(line.fill(400), 0);
  assert.equal(line.fill(1_000), 0.7 * 48_000 - 480);
  assert.deepEqual(line.take(1_000, 480), { silence: 0.3 * 48_000, skip: 0 });
});
