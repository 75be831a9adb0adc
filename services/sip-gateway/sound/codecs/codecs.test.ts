import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { LegCodec } from "../sound.ts";
import { lastOf, toneOf, tonePower } from "../testing/tones.ts";
import type { Samples } from "./codec.ts";
import { codecRates, openDecoder, openEncoder } from "./codecs.ts";
import { Concealment } from "./concealment.ts";
import { aLaw, muLaw } from "./g711.ts";
import { G722Decoder, G722Encoder } from "./g722.ts";
import { levelOf } from "./level.ts";
import { OpusCodecs } from "./opus.ts";
import { Resampler } from "./resampler.ts";

const opus = new OpusCodecs();
const withoutFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0 ? false : "no ffmpeg here";

function ffmpeg(args: readonly string[], input: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync("ffmpeg", ["-v", "error", ...args], { input, maxBuffer: 16_000_000 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

const toPcm = (samples: Samples): Buffer =>
  Buffer.from(Int16Array.from(samples, (value) => Math.round(Math.max(-1, Math.min(0.99996, value)) * 0x8000)).buffer);
const fromPcm = (pcm: Buffer): Samples =>
  Float32Array.from({ length: pcm.length >> 1 }, (_, at) => pcm.readInt16LE(at * 2) / 0x8000);

/** A sound with much in it, the same each time. */
function noisy(count: number): Samples {
  let seed = 7;
  return Float32Array.from({ length: count }, (_, at) => {
    seed = (seed * 48_271) % 2_147_483_647;
    const noise = seed / 1_073_741_824 - 1;
    return 0.5 * Math.sin(at * at * 1e-5) * Math.sin(at / 900) + 0.05 * noise;
  });
}

for (const [name, law, format] of [
  ["A-law", aLaw, "alaw"],
  ["µ-law", muLaw, "mulaw"],
] as const) {
  test(`${name}: each byte comes back as it was`, () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const again = law.encode(law.decode(bytes));
    // µ-law has two zeros.
    for (const byte of bytes) assert.ok(again[byte] === byte || law.decode(bytes)[byte] === 0, `${byte}`);
  });

  test(`${name}: decodes as ffmpeg does`, { skip: withoutFfmpeg }, () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const theirs = ffmpeg(["-f", format, "-ar", "8000", "-i", "-", "-f", "s16le", "-"], bytes);
    assert.deepEqual(fromPcm(theirs), law.decode(bytes));
  });

  test(`${name}: encodes no worse than ffmpeg does`, { skip: withoutFfmpeg }, () => {
    const sound = noisy(8_000);
    const theirs = ffmpeg(["-f", "s16le", "-ar", "8000", "-i", "-", "-f", format, "-"], toPcm(sound));
    const error = (bytes: Uint8Array): number =>
      levelOf(law.decode(bytes).map((value, at) => value - (sound[at] ?? 0)));
    assert.ok(error(law.encode(sound)) >= error(theirs), `${error(law.encode(sound))} against ${error(theirs)}`);
  });
}

test("G.722: what ffmpeg encodes is decoded to the very same samples as it decodes", { skip: withoutFfmpeg }, () => {
  const coded = ffmpeg(
    ["-f", "s16le", "-ar", "16000", "-i", "-", "-c:a", "g722", "-f", "g722", "-"],
    toPcm(noisy(48_000)),
  );
  const theirs = fromPcm(ffmpeg(["-f", "g722", "-i", "-", "-f", "s16le", "-"], coded));
  const ours = new G722Decoder().decode(coded);
  assert.ok(theirs.length >= 47_000);
  assert.deepEqual(ours.subarray(0, theirs.length), theirs);
});

test("G.722: what is encoded here ffmpeg decodes, as near to the sound as its own", { skip: withoutFfmpeg }, () => {
  const sound = noisy(48_000);
  const decode = (coded: Buffer): Samples => fromPcm(ffmpeg(["-f", "g722", "-i", "-", "-f", "s16le", "-"], coded));
  const theirs = ffmpeg(["-f", "s16le", "-ar", "16000", "-i", "-", "-c:a", "g722", "-f", "g722", "-"], toPcm(sound));
  const ours = Buffer.from(new G722Encoder().encode(sound));
  // The filters delay it by 22 samples.
  const error = (decoded: Samples): number =>
    levelOf(decoded.subarray(22, 47_000).map((value, at) => value - (sound[at] ?? 0)));
  assert.ok(error(decode(ours)) >= error(decode(theirs)) - 1, `${error(decode(ours))}, ${error(decode(theirs))}`);
});

for (const codec of ["PCMA", "PCMU", "G722", "opus"] as const satisfies readonly LegCodec[])
  test(`${codec}: a tone comes through packets of all lengths, and one that is lost is made up for`, async () => {
    const { rateHz } = codecRates[codec];
    for (const packetMs of codec === "opus" ? [10, 20, 40, 60] : [10, 20, 30, 40, 60]) {
      const [encoder, decoder] = await Promise.all([openEncoder(codec, opus), openDecoder(codec, opus)]);
      const tone = toneOf(440, rateHz);
      const count = (rateHz / 1_000) * packetMs;
      const heard: number[] = [];
      for (let at = 0; at * packetMs < 1_500; at += 1) {
        const packet = encoder.encode(tone(count));
        heard.push(...(at % 10 === 7 ? decoder.conceal(count) : decoder.decode(packet)));
      }
      assert.equal(heard.length, Math.ceil(1_500 / packetMs) * count);
      const power = tonePower(lastOf(Float32Array.from(heard), 1_000, rateHz), 440, rateHz);
      assert.ok(power > -15 && power < -10, `${packetMs} ms: ${power}`);
      encoder.close();
      decoder.close();
    }
  });

test("Opus: a lost packet is had from the copy in the next one once loss is reported", async () => {
  const encoder = await opus.encoder(16_000);
  const [with_, without] = [await opus.decoder(16_000), await opus.decoder(16_000)];
  encoder.hearLoss(0.2);
  // Something that can't be guessed from what was before.
  const sound = (at: number): Samples => toneOf(200 + ((at * 137) % 900), 16_000)(320);
  let [errorWith, errorWithout] = [0, 0];
  let before: Uint8Array | undefined;
  const difference = (a: Samples, at: number): number =>
    Math.abs(tonePower(a, 200 + ((at * 137) % 900), 16_000) - tonePower(sound(at), 200 + ((at * 137) % 900), 16_000));
  for (let at = 0; at < 60; at += 1) {
    const packet = encoder.encode(sound(at)).slice();
    if (at % 6 !== 5) {
      if (at % 6 === 0 && before && at > 12) {
        errorWith += difference(with_.conceal(320, packet), at - 1);
        errorWithout += difference(without.conceal(320), at - 1);
      }
      with_.decode(packet);
      without.decode(packet);
    }
    before = packet;
  }
  assert.ok(errorWith < errorWithout, `${errorWith} and ${errorWithout}`);
});

test("what is made up fades out, and what comes then is faded into", () => {
  const concealment = new Concealment(8_000);
  const tone = toneOf(150, 8_000);
  for (let at = 0; at < 10; at += 1) concealment.hear(tone(160));
  const made = concealment.conceal(160 * 4);
  assert.ok(levelOf(made.subarray(0, 80)) <= 17, "at first as loud as it was");
  assert.equal(levelOf(made.subarray(480)), 127, "silent after 60 ms");
  const back = concealment.hear(tone(160));
  assert.ok(Math.abs(back[0] ?? 1) < 0.05, "no step");
});

for (const [from, to] of [
  [8_000, 48_000],
  [48_000, 8_000],
  [16_000, 8_000],
  [8_000, 16_000],
  [16_000, 48_000],
  [48_000, 16_000],
] as const)
  test(`from ${from} to ${to} Hz a tone stays one tone`, () => {
    const resampler = new Resampler(from, to);
    const tone = toneOf(1_013, from);
    const turned: number[] = [];
    for (let at = 0; at < 60; at += 1) turned.push(...resampler.turn(tone(from / 50)));
    const last = lastOf(Float32Array.from(turned), 1_000, to);
    assert.ok(Math.abs(tonePower(last, 1_013, to) + 12) < 0.2);
    const rest = last.map((value) => value);
    const power = 10 * Math.log10(rest.reduce((sum, value) => sum + value * value, 0) / rest.length);
    assert.ok(Math.abs(power + 15.05) < 0.2, `nothing beside it: ${power}`);
  });

test("what a lower rate can't hold is left out", () => {
  const resampler = new Resampler(48_000, 8_000);
  const tone = toneOf(6_000, 48_000);
  const turned: number[] = [];
  for (let at = 0; at < 60; at += 1) turned.push(...resampler.turn(tone(960)));
  assert.ok(levelOf(lastOf(Float32Array.from(turned), 1_000, 8_000)) > 60);
});
