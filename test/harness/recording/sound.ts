/** The sound of a file: how loud a tone is, and when it begins. */
import { ffmpeg } from "./ffmpeg.ts";

const sampleRate = 16_000;
const windowMs = 10;
const stepMs = 2.5;
/** Quieter is no tone: what is left of others, and noise of the codec. */
const audibleDb = -50;
/** A beep that pauses this little is one beep. */
const shortestPauseMs = 120;

export class Sound {
  readonly #samples: Int16Array;
  readonly #startSeconds: number;

  private constructor(samples: Int16Array, startSeconds: number) {
    this.#samples = samples;
    this.#startSeconds = startSeconds;
  }

  /** All of it, or so many seconds from there. */
  static async read(path: string, from = 0, seconds?: number): Promise<Sound> {
    const part = seconds === undefined ? [] : ["-t", String(seconds)];
    const filter = `aresample=${sampleRate}:async=1:first_pts=0`;
    const output = ["-vn", "-af", filter, "-ac", "1", "-f", "s16le", "-"];
    const bytes = await ffmpeg(["-ss", String(from), ...part, "-i", path, ...output]);
    return new Sound(new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), from);
  }

  get seconds(): number {
    return this.#samples.length / sampleRate;
  }

  /** Of a tone in a stretch, in dB of full scale, by Goertzel's algorithm. */
  level(hz: number, from = this.#startSeconds, seconds = this.seconds): number {
    const first = Math.round((from - this.#startSeconds) * sampleRate);
    return this.#power(hz, first, Math.round(seconds * sampleRate));
  }

  /** Whether a tone is there for at least half of the time, tenth of a second by tenth. */
  hears(hz: number, from = this.#startSeconds, seconds = this.seconds): boolean {
    const count = Math.max(1, Math.floor(seconds * 10));
    const heard = Array.from({ length: count }, (_, index) => this.level(hz, from + index / 10, 0.1) > audibleDb);
    return heard.filter(Boolean).length * 2 >= count;
  }

  /** When the tone begins, in seconds of the file. */
  beeps(hz: number): number[] {
    const step = (stepMs / 1000) * sampleRate;
    const length = (windowMs / 1000) * sampleRate;
    const levels: number[] = [];
    for (let first = 0; first + length <= this.#samples.length; first += step)
      levels.push(this.#power(hz, first, length));
    const loudest = Math.max(...levels.toSorted((one, other) => other - one).slice(0, 20));
    const threshold = Math.max(audibleDb, loudest - 12);
    const begins: number[] = [];
    let lastLoud = Number.NEGATIVE_INFINITY;
    levels.forEach((level, index) => {
      if (level < threshold) return;
      const atMs = index * stepMs;
      // The window is half full of the tone when it reaches the threshold, more or less.
      if (atMs - lastLoud > shortestPauseMs) begins.push(this.#startSeconds + (atMs + windowMs * 0.75) / 1000);
      lastLoud = atMs;
    });
    return begins;
  }

  #power(hz: number, first: number, length: number): number {
    const samples = this.#samples.subarray(Math.max(0, first), Math.max(0, first) + length);
    if (samples.length === 0) return Number.NEGATIVE_INFINITY;
    const factor = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
    let before = 0;
    let last = 0;
    for (const sample of samples) [before, last] = [last, sample / 32_768 + factor * last - before];
    const power = before * before + last * last - factor * before * last;
    return 10 * Math.log10((4 * power) / samples.length ** 2 + 1e-12);
  }
}
