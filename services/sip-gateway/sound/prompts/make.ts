/**
 * Makes the prompts anew: `node services/sip-gateway/sound/prompts/make.ts`. Wants espeak-ng and ffmpeg. What it makes is
 * kept with the code, so that nothing of this is needed to run.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Samples } from "../codecs/codec.ts";
import { openFinestEncoder } from "../codecs/opus.ts";
import { promptRateHz, writeContainer } from "./container.ts";
import { type Language, languages, spokenTexts } from "./texts.ts";

const voices: Readonly<Record<Language, readonly string[]>> = {
  ru: ["-v", "ru", "-s", "140"],
  en: ["-v", "en-us", "-s", "150"],
};
const frameSamples = promptRateHz / 50;
const bitrateBps = 14_000;
/** As loud as a voice on the phone: −20 dBov. */
const loudness = 0.1;
/** What is less loud at the ends is left out; a sentence is followed by a pause, a word by less. */
const silence = 0.005;
const pauseMs = { sentence: 250, word: 40 } as const;

function run(program: string, args: readonly string[], input: Buffer | string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 64_000_000 });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.toString()}`);
  return stdout;
}

function speak(text: string, language: Language): Samples {
  const wav = run("espeak-ng", [...voices[language], "--stdout"], text);
  const raw = ["-f", "s16le", "-ac", "1", "-ar", String(promptRateHz), "-"];
  const sound = run("ffmpeg", ["-v", "error", "-i", "-", ...raw], wav);
  return Float32Array.from({ length: sound.length >> 1 }, (_, at) => sound.readInt16LE(at * 2) / 0x8000);
}

function trim(samples: Samples, isWord: boolean): Samples {
  const isLoud = (value: number): boolean => Math.abs(value) > silence;
  const start = Math.max(0, samples.findIndex(isLoud) - frameSamples / 2);
  const end = Math.min(samples.length, samples.findLastIndex(isLoud) + frameSamples);
  const spoken = samples.subarray(start, end);
  const gain = loudness / Math.sqrt(spoken.reduce((sum, value) => sum + value * value, 0) / spoken.length);
  const pause = (promptRateHz * pauseMs[isWord ? "word" : "sentence"]) / 1_000;
  const whole = new Float32Array(Math.ceil((spoken.length + pause) / frameSamples) * frameSamples);
  whole.set(spoken.map((value) => Math.max(-0.95, Math.min(0.95, value * gain))));
  return whole;
}

for (const language of languages) {
  const prompts = new Map<string, Uint8Array[]>();
  for (const [name, text] of spokenTexts(language)) {
    const encoder = await openFinestEncoder(promptRateHz, bitrateBps);
    const samples = trim(speak(text, language), /^(number|people)-/.test(name));
    const frames: Uint8Array[] = [];
    for (let at = 0; at < samples.length; at += frameSamples)
      frames.push(encoder.encode(samples.subarray(at, at + frameSamples)));
    prompts.set(name, frames);
    encoder.close();
  }
  const file = writeContainer(prompts);
  writeFileSync(new URL(`${language}.prompts`, import.meta.url), file);
  console.log(`${language}: ${prompts.size} prompts, ${file.length} bytes`);
}
