import type { Samples } from "../codecs/codec.ts";
import type { Prompt } from "../sound.ts";

/** Of one tone, and how soft its edges are. */
const toneMs = 120;
const edgeMs = 15;
const amplitude = 0.12;

/** Sounds without words: two tones, up for who comes and down for who goes. */
export const tones: ReadonlyMap<Prompt, (rateHz: number) => Samples> = new Map([
  ["tone/joined", (rateHz: number) => inTurn([523, 784], rateHz)],
  ["tone/left", (rateHz: number) => inTurn([784, 523], rateHz)],
]);

function inTurn(pitches: readonly number[], rateHz: number): Samples {
  const length = Math.round((rateHz * toneMs) / 1_000);
  const edge = (rateHz * edgeMs) / 1_000;
  return Float32Array.from({ length: length * pitches.length }, (_, at) => {
    const within = at % length;
    const gain = Math.min(1, within / edge, (length - within) / edge);
    return amplitude * gain * Math.sin((2 * Math.PI * (pitches[Math.floor(at / length)] ?? 0) * within) / rateHz);
  });
}
