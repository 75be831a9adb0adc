/** What a tenth of a second of the microphone is like. */
export interface Heard {
  readonly atMs: number;
  /** Loudness in dB of full scale; digital silence is far below -100. */
  readonly db: number;
  /** 0: one tone, 1: hiss (spectral flatness). */
  readonly flatness: number;
}

const SPEECH_DB = -45;
/** Speech stands out of what is steadily there. */
const ABOVE_FLOOR_DB = 12;
const SPEECH_WINDOW_MS = 2000;
const SPEECH_SHARE = 0.3;
const MIN_SPEECH_SAMPLES = 10;

/** Somebody talks into a muted microphone. */
export class TalkDetector {
  #heard: Heard[] = [];
  #floorDb = Number.POSITIVE_INFINITY;

  /** True once, when it has become clear; then again only after `reset`. */
  hear(heard: Heard): boolean {
    // Falls at once to what is quiet, rises slowly: a fan that starts becomes part of it, a sentence does not.
    this.#floorDb = Math.min(heard.db, this.#floorDb + 0.3);
    this.#heard = [...this.#heard, heard].filter(({ atMs }) => atMs > heard.atMs - SPEECH_WINDOW_MS);
    if (this.#heard.length < MIN_SPEECH_SAMPLES) return false;
    const loud = this.#heard.filter(({ db }) => db > SPEECH_DB && db > this.#floorDb + ABOVE_FLOOR_DB);
    return loud.length >= this.#heard.length * SPEECH_SHARE;
  }

  reset(): void {
    this.#heard = [];
    this.#floorDb = Number.POSITIVE_INFINITY;
  }
}

export const SILENCE_MS = 8000;
/** A microphone that is on and in order makes at least some noise of its own. */
const NOTHING_DB = -90;

/** A microphone that is on delivers nothing at all. */
export class SilenceDetector {
  #since: number | undefined;

  hear({ atMs, db }: Heard): "silent" | "sound" | "unknown" {
    if (db > NOTHING_DB) {
      this.#since = undefined;
      return "sound";
    }
    this.#since ??= atMs;
    return atMs - this.#since >= SILENCE_MS ? "silent" : "unknown";
  }

  reset(): void {
    this.#since = undefined;
  }
}

export const NOISE_MS = 15_000;
const NOISE_DB = -42;
const NOISE_FLATNESS = 0.25;

/** A fan, a street, a bad cable: loud, broad and without the pauses of speech. */
export class NoiseDetector {
  #since: number | undefined;

  hear({ atMs, db, flatness }: Heard): boolean {
    if (db < NOISE_DB || flatness < NOISE_FLATNESS) this.#since = undefined;
    else this.#since ??= atMs;
    return this.#since !== undefined && atMs - this.#since >= NOISE_MS;
  }

  reset(): void {
    this.#since = undefined;
  }
}

export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / samples.length + 1e-12);
}

/** Of a spectrum in dB: how near its geometric mean is to its arithmetic one. */
export function flatnessOf(spectrumDb: Float32Array): number {
  let logs = 0;
  let powers = 0;
  for (const db of spectrumDb) {
    const bounded = Math.max(-140, db);
    logs += bounded;
    powers += 10 ** (bounded / 10);
  }
  const geometric = 10 ** (logs / spectrumDb.length / 10);
  return powers === 0 ? 0 : geometric / (powers / spectrumDb.length);
}
