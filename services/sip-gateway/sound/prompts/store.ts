import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Decoder, Samples } from "../codecs/codec.ts";
import type { OpusCodecs, OpusRate } from "../codecs/opus.ts";
import { Resampler } from "../codecs/resampler.ts";
import { soundLimits } from "../limits.ts";
import type { Prompt } from "../sound.ts";
import { readContainer } from "./container.ts";
import { languages } from "./texts.ts";
import { tones } from "./tones.ts";
import { readWav } from "./wav.ts";

const { promptFiles, promptFileBytes } = soundLimits;
/** An operator's file has one of the rates that phones have. */
const rates: readonly number[] = [8_000, 16_000, 48_000];

type Kept = { readonly rateHz: number; readonly samples: Samples };

/** Prompts as sound, each decoded once for each rate that it is heard at. The operator's own come first. */
export class PromptStore {
  readonly #own = new Map<Prompt, readonly Buffer[]>();
  readonly #operators = new Map<Prompt, Kept>();
  readonly #decoded = new Map<string, Samples>();
  readonly #decoders: ReadonlyMap<OpusRate, Decoder>;
  /** Files of the operator's that can't be used, each with why. */
  readonly faults: readonly string[];

  private constructor(directory: string, decoders: ReadonlyMap<OpusRate, Decoder>) {
    this.#decoders = decoders;
    for (const language of languages) {
      const file = readFileSync(new URL(`${language}.prompts`, import.meta.url));
      for (const [name, frames] of readContainer(file)) this.#own.set(`${language}/${name}`, frames);
    }
    this.faults = directory === "" ? [] : this.#readDirectory(directory);
  }

  /** `directory`: the operator's, with "<language>/<name>.wav"; "": none. */
  static async open(directory: string, opus: OpusCodecs): Promise<PromptStore> {
    const all: readonly OpusRate[] = [8_000, 16_000, 48_000];
    const decoders = await Promise.all(all.map(async (rateHz) => [rateHz, await opus.decoder(rateHz)] as const));
    return new PromptStore(directory, new Map(decoders));
  }

  get names(): readonly Prompt[] {
    return [...new Set([...this.#own.keys(), ...this.#operators.keys(), ...tones.keys()])];
  }

  has(prompt: Prompt): boolean {
    return this.#own.has(prompt) || this.#operators.has(prompt) || tones.has(prompt);
  }

  /** Empty where it isn't there. */
  read(prompt: Prompt, rateHz: OpusRate): Samples {
    const key = `${rateHz} ${prompt}`;
    const known = this.#decoded.get(key);
    if (known) return known;
    const samples = this.#make(prompt, rateHz);
    this.#decoded.set(key, samples);
    return samples;
  }

  #make(prompt: Prompt, rateHz: OpusRate): Samples {
    const operators = this.#operators.get(prompt);
    if (operators) return new Resampler(operators.rateHz, rateHz).turn(operators.samples);
    const tone = tones.get(prompt);
    if (tone) return tone(rateHz);
    const decoder = this.#decoders.get(rateHz);
    const frames = (this.#own.get(prompt) ?? []).map((frame) => decoder?.decode(frame) ?? new Float32Array(0));
    const samples = new Float32Array(frames.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const frame of frames) {
      samples.set(frame, at);
      at += frame.length;
    }
    return samples;
  }

  #readDirectory(directory: string): readonly string[] {
    let paths: readonly string[];
    try {
      paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".wav"));
    } catch (error) {
      return [`${directory}: ${error instanceof Error ? error.message : String(error)}`];
    }
    const tooMany = paths.length > promptFiles ? [`${directory}: expected at most ${promptFiles} files`] : [];
    const faults = paths.slice(0, promptFiles).flatMap((path) => this.#readFile(directory, path));
    return [...tooMany, ...faults];
  }

  #readFile(directory: string, path: string): readonly string[] {
    const file = join(directory, path);
    if (statSync(file).size > promptFileBytes) return [`${file}: expected at most ${promptFileBytes} bytes`];
    const wav = readWav(readFileSync(file));
    if (!wav || !rates.includes(wav.rateHz)) return [`${file}: expected WAV of 16 bits, mono, 8, 16 or 48 kHz`];
    this.#operators.set(path.replaceAll("\\", "/").slice(0, -".wav".length), wav);
    return [];
  }
}
