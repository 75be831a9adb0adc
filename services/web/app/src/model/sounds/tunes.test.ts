import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTune, SAMPLE_RATE, TUNES, toWav } from "./tunes.ts";

test("every tune is heard, is short, and neither clicks nor clips", () => {
  for (const [name, notes] of Object.entries(TUNES)) {
    const samples = renderTune(notes);
    const loudest = Math.max(...samples.map(Math.abs));
    assert.ok(loudest > 0.02 && loudest < 0.95, `${name}: ${loudest}`);
    assert.ok(samples.length < 1.5 * SAMPLE_RATE, name);
    assert.ok(Math.abs(samples[0] ?? 1) < 0.01, `${name} begins quietly`);
    assert.ok(Math.abs(samples.at(-1) ?? 1) < 0.01, `${name} ends quietly`);
  }
});

test("no two tunes are alike", () => {
  const seen = Object.values(TUNES).map((notes) => JSON.stringify(notes));
  assert.equal(new Set(seen).size, seen.length);
});

test("the file says how long it is", () => {
  const wav = toWav(new Float32Array([0, 1, -1, 2]));
  const view = new DataView(wav.buffer);
  assert.equal(String.fromCharCode(...wav.slice(0, 4)), "RIFF");
  assert.equal(view.getUint32(40, true), 8);
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => view.getInt16(44 + index * 2, true)),
    [0, 32_767, -32_767, 32_767],
  );
});
