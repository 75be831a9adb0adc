import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decibels,
  flatnessOf,
  type Heard,
  NOISE_MS,
  NoiseDetector,
  SILENCE_MS,
  SilenceDetector,
  TalkDetector,
} from "./detectors.ts";

const STEP_MS = 100;

function heard(db: (index: number) => number, count: number, flatness = 0): Heard[] {
  return Array.from({ length: count }, (_, index) => ({ atMs: index * STEP_MS, db: db(index), flatness }));
}

test("speech after quiet is noticed within two seconds", () => {
  const detector = new TalkDetector();
  const quiet = heard(() => -65, 20);
  assert.ok(!quiet.some((each) => detector.hear(each)));
  const syllables = heard((index) => (index % 3 === 0 ? -50 : -25), 20).map((each) => ({
    ...each,
    atMs: each.atMs + 20 * STEP_MS,
  }));
  assert.ok(syllables.some((each) => detector.hear(each)));
});

test("a cough is not speech, nor is a fan that has been there all the time", () => {
  const cough = new TalkDetector();
  assert.ok(!heard((index) => (index === 15 || index === 16 ? -20 : -65), 40).some((each) => cough.hear(each)));
  const fan = new TalkDetector();
  assert.ok(!heard(() => -35, 200).some((each) => fan.hear(each)));
});

test("digital silence is said after a while, a quiet room never", () => {
  const count = SILENCE_MS / STEP_MS + 1;
  const broken = new SilenceDetector();
  const states = heard(() => -120, count).map((each) => broken.hear(each));
  assert.equal(states.at(-2), "unknown");
  assert.equal(states.at(-1), "silent");
  const room = new SilenceDetector();
  assert.ok(heard(() => -75, count).every((each) => room.hear(each) === "sound"));
});

test("steady hiss is noise, speech with its pauses and a clear tone are not", () => {
  const count = NOISE_MS / STEP_MS + 1;
  const hiss = new NoiseDetector();
  assert.ok(heard(() => -30, count, 0.6).some((each) => hiss.hear(each)));
  const speech = new NoiseDetector();
  assert.ok(!heard((index) => (index % 20 < 3 ? -60 : -25), count * 2, 0.3).some((each) => speech.hear(each)));
  const tone = new NoiseDetector();
  assert.ok(!heard(() => -10, count * 2, 0.01).some((each) => tone.hear(each)));
});

test("loudness and flatness tell silence, tone and hiss apart", () => {
  assert.ok(decibels(new Float32Array(512)) < -100);
  assert.ok(Math.abs(decibels(new Float32Array(512).fill(1))) < 0.01);
  const hiss = new Float32Array(256).fill(-60);
  const tone = new Float32Array(256).fill(-130);
  tone[20] = -10;
  assert.ok(flatnessOf(hiss) > 0.95);
  assert.ok(flatnessOf(tone) < 0.01);
});
