import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { Samples } from "../codecs/codec.ts";
import { Concealment } from "../codecs/concealment.ts";
import { aLaw } from "../codecs/g711.ts";
import { soundLimits } from "../limits.ts";
import { readWav } from "../prompts/wav.ts";
import { digits, tonesOf } from "./digits.ts";
import { EventReader } from "./event-reader.ts";
import { eventPayloads, KeySender, keyTone } from "./key-sender.ts";
import { ToneDetector } from "./tone-detector.ts";

const withoutEspeak = spawnSync("espeak-ng", ["--version"]).status === 0 ? false : "no espeak-ng here";

/** Frames of 20 ms, as the mixer hands them on. */
function detect(sound: Samples, rateHz: number): string {
  const detector = new ToneDetector(rateHz);
  let keys = "";
  for (let at = 0; at < sound.length; at += rateHz / 50) keys += detector.hear(sound.subarray(at, at + rateHz / 50));
  return keys;
}

function dial(
  keys: string,
  { rateHz = 8_000, pressedMs = 80, pausedMs = 80, amplitude = 0.2, off = 1, twistDb = 0, noise = 0 } = {},
): Samples {
  let seed = 3;
  const next = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 1_073_741_824 - 1;
  };
  const period = (rateHz * (pressedMs + pausedMs)) / 1_000;
  return Float32Array.from({ length: Math.ceil(period * (keys.length + 1)) }, (_, at) => {
    const [row, column] = tonesOf(keys[Math.floor((at - period / 2) / period)] ?? "") ?? [0, 0];
    const within = (at - period / 2 + period) % period;
    const isPressed = within < (rateHz * pressedMs) / 1_000 && row > 0;
    const tone = (hz: number): number => Math.sin((2 * Math.PI * hz * off * at) / rateHz);
    const sound = isPressed ? tone(row) + tone(column) * 10 ** (twistDb / 20) : 0;
    return amplitude * sound + noise * next();
  });
}

test("all keys are heard as tones, once each, at every rate", () => {
  for (const rateHz of [8_000, 16_000, 48_000]) assert.equal(detect(dial(digits, { rateHz }), rateHz), digits);
});

test("tones are heard short, soft, a little off, uneven and with noise", () => {
  for (const how of [
    { pressedMs: 55, pausedMs: 50 },
    { pressedMs: 2_000 },
    { amplitude: 0.02 },
    { amplitude: 0.45 },
    { off: 1.01 },
    { off: 0.99 },
    { twistDb: 3 },
    { twistDb: -6 },
    { noise: 0.03 },
  ])
    assert.equal(detect(dial(digits, how), 8_000), digits, JSON.stringify(how));
  assert.equal(detect(dial("112233"), 8_000), "112233");
});

test("tones through A-law, with packets that were lost and made up for", () => {
  const concealment = new Concealment(8_000);
  const sound = dial(digits, { pressedMs: 120, pausedMs: 120 });
  const heard = new Float32Array(sound.length);
  for (let at = 0, packet = 0; at + 160 <= sound.length; at += 160, packet += 1) {
    const frame = aLaw.decode(aLaw.encode(sound.subarray(at, at + 160)));
    heard.set(packet % 9 === 4 ? concealment.conceal(160) : concealment.hear(frame), at);
  }
  assert.equal(detect(heard, 8_000), digits);
});

test("a key pressed while the network stands still is one key, and one pressed again later another", () => {
  const detector = new ToneDetector(8_000);
  const tone = (ticks: number): Samples => keyTone({ digit: "5", isFirst: false, ticks }, 8_000);
  let keys = "";
  for (let tick = 1; tick < 6; tick += 1) keys += detector.hear(tone(tick));
  for (let tick = 0; tick < 40; tick += 1) detector.miss();
  for (let tick = 6; tick < 11; tick += 1) keys += detector.hear(tone(tick));
  assert.equal(keys, "5");
  for (let tick = 0; tick < 60; tick += 1) detector.miss();
  for (let tick = 1; tick < 6; tick += 1) keys += detector.hear(tone(tick));
  assert.equal(keys, "55");
});

test("single tones, noise and music are no keys", () => {
  const tone = (...pitches: number[]): Samples =>
    Float32Array.from({ length: 16_000 }, (_, at) =>
      pitches.reduce((sum, hz) => sum + 0.15 * Math.sin((2 * Math.PI * hz * at) / 8_000), 0),
    );
  for (const pitches of [[697], [1_209], [440, 480], [350, 440], [697, 770], [770, 1_100], [425]])
    assert.equal(detect(tone(...pitches), 8_000), "", `${pitches}`);
  assert.equal(detect(dial("", { noise: 0.3 }), 8_000), "");
});

test("speech in two languages and several voices gives no keys", { skip: withoutEspeak }, () => {
  const texts = {
    ru: "Однажды весною, в час небывало жаркого заката, в Москве, на Патриарших прудах, появились два гражданина. Сорок два, тридцать три, ноль, один. У-у-у, и-и-и, а-а-а, эй!",
    "en-us":
      "It was a bright cold day in April, and the clocks were striking thirteen. One two three four five six seven eight nine zero. Ooooh, eeeee, aaaah, hey you, we were away a year ago.",
  };
  for (const [language, text] of Object.entries(texts))
    for (const variant of ["", "+f2", "+f4", "+m3", "+m7", "+croak"])
      for (const pitch of ["20", "50", "90"]) {
        const args = ["-v", `${language}${variant}`, "-p", pitch, "--stdout"];
        const { stdout } = spawnSync("espeak-ng", args, { input: text, maxBuffer: 64_000_000 });
        const wav = readWav(stdout);
        assert.ok(wav && wav.samples.length > wav.rateHz, "espeak-ng speaks");
        // At its own rate: the frames are 20 ms of it all the same.
        const detector = new ToneDetector(wav.rateHz);
        let keys = "";
        for (let at = 0; at + 441 <= wav.samples.length; at += 441)
          keys += detector.hear(wav.samples.subarray(at, at + 441));
        assert.equal(keys, "", args.join(" "));
      }
});

function press(reader: EventReader, digit: string, timestamp: number, lost: (index: number) => boolean): string {
  let keys = "";
  let index = 0;
  for (let ticks = 1; ticks <= 6; ticks += 1)
    for (const payload of eventPayloads({ digit, isFirst: ticks === 1, ticks }, 8_000)) {
      if (!lost(index)) keys += reader.read(timestamp, payload).digit ?? "";
      index += 1;
    }
  return keys;
}

test("an event is one key, whichever of its packets are lost", () => {
  for (const lost of [
    () => false,
    (index: number) => index < 3,
    (index: number) => index > 4,
    (index: number) => index !== 7,
    (index: number) => index % 2 === 0,
  ]) {
    const reader = new EventReader();
    const keys = [...`${digits}11`].map((digit, at) => press(reader, digit, 0xfffffc00 + at * 1_600, lost)).join("");
    assert.equal(keys, `${digits}11`);
  }
});

test("packets of an earlier press that come late are no key, and one pressed very long is one", () => {
  const reader = new EventReader();
  const event = (duration: number): Buffer => Buffer.from([5, 10, duration >> 8, duration & 0xff]);
  assert.equal(reader.read(1_000, event(160)).digit, "5");
  assert.equal(reader.read(3_000, event(160)).digit, "5");
  assert.equal(reader.read(1_000, event(640)).digit, undefined);
  assert.equal(reader.read(3_000, event(0xffff)).digit, undefined);
  assert.equal(reader.read(3_000 + 0xffff, event(160)).digit, undefined, "the same press goes on");
  assert.equal(reader.read(3_000 + 0xffff + 4_000, event(160)).digit, "5");
  assert.deepEqual(reader.read(1, Buffer.alloc(3)), { isReadable: false });
  assert.equal(reader.read(900_000, Buffer.from([16, 0, 0, 9])).digit, undefined, "a hook flash is no key");
});

test("what is sent is what is read, as events and as tones", () => {
  const sender = new KeySender();
  sender.press("12#x*Dd");
  const reader = new EventReader();
  const detector = new ToneDetector(8_000);
  let [keys, tones, timestamp] = ["", "", 0];
  for (let tick = 0; tick < 100; tick += 1) {
    const pressed = sender.next();
    const isKey = pressed !== undefined && pressed !== "pause";
    if (isKey && pressed.isFirst) timestamp = tick * 160;
    for (const payload of isKey ? eventPayloads(pressed, 8_000) : [])
      keys += reader.read(timestamp, payload).digit ?? "";
    tones += detector.hear(isKey ? keyTone(pressed, 8_000) : new Float32Array(160));
  }
  assert.equal(keys, "12#*DD");
  assert.equal(tones, "12#*DD");
});

test("keys that wait to be sent are bounded", () => {
  const sender = new KeySender();
  for (let time = 0; time < 100; time += 1) sender.press("12345");
  let sent = 0;
  for (let tick = 0; tick < 10_000; tick += 1) {
    const pressed = sender.next();
    if (pressed !== undefined && pressed !== "pause" && pressed.isFirst) sent += 1;
  }
  assert.equal(sent, soundLimits.queuedKeys);
});
