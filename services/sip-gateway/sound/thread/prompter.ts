import type { Samples } from "../codecs/codec.ts";
import type { OpusRate } from "../codecs/opus.ts";
import type { PromptStore } from "../prompts/store.ts";
import type { Prompt } from "../sound.ts";

type Playing = {
  readonly prompts: readonly Prompt[];
  readonly isRepeated: boolean;
  readonly ended: (isWhole: boolean) => void;
  index: number;
  /** Of the prompt, in seconds. */
  at: number;
};

/** Plays prompts one after the other. */
export class Prompter {
  readonly #store: PromptStore;
  #playing: Playing | undefined;

  constructor(store: PromptStore) {
    this.#store = store;
  }

  play(prompts: readonly Prompt[], isRepeated: boolean, ended: (isWhole: boolean) => void): void {
    this.stop();
    // What is not there would be repeated for ever without taking any time.
    const known = prompts.filter((prompt) => this.#store.has(prompt));
    if (known.length === 0) ended(true);
    else this.#playing = { prompts: known, isRepeated, ended, index: 0, at: 0 };
  }

  stop(): void {
    const playing = this.#playing;
    this.#playing = undefined;
    playing?.ended(false);
  }

  get isPlaying(): boolean {
    return this.#playing !== undefined;
  }

  /** 20 ms; undefined: nothing is being played. */
  pull(rateHz: OpusRate): Samples | undefined {
    if (!this.#playing) return undefined;
    const frame = new Float32Array(rateHz / 50);
    for (let filled = 0; filled < frame.length && this.#playing; ) {
      const playing: Playing = this.#playing;
      const prompt = this.#store.read(playing.prompts[playing.index] ?? "", rateHz);
      const start = Math.round(playing.at * rateHz);
      const piece = prompt.subarray(start, start + frame.length - filled);
      frame.set(piece, filled);
      filled += piece.length;
      playing.at = (start + piece.length) / rateHz;
      if (start + piece.length >= prompt.length) this.#goOn(playing);
    }
    return frame;
  }

  #goOn(playing: Playing): void {
    playing.at = 0;
    playing.index += 1;
    if (playing.index < playing.prompts.length) return;
    playing.index = 0;
    if (playing.isRepeated) return;
    this.#playing = undefined;
    playing.ended(true);
  }
}
