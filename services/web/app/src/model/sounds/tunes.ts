/** One note: from, for how long, how high (gliding to where), how loud. */
export interface Note {
  readonly atMs: number;
  readonly forMs: number;
  readonly hz: number;
  readonly toHz?: number;
  readonly volume: number;
  /** `hiss`: no tone but a burst of noise, as hands make. */
  readonly timbre?: "soft" | "bright" | "hiss";
}

const note = (atMs: number, forMs: number, hz: number, volume = 0.3, more: Partial<Note> = {}): Note => ({
  atMs,
  forMs,
  hz,
  volume,
  ...more,
});

const hands = (times: readonly number[]): Note[] =>
  times.map((atMs, index) => note(atMs, 60, 1500 + (index % 3) * 300, 0.35, { timbre: "hiss" }));

/** Short, quiet and unlike one another, so that nobody has to look. */
export const TUNES = {
  join: [note(0, 160, 523), note(110, 260, 784)],
  leave: [note(0, 160, 659), note(110, 280, 440)],
  message: [note(0, 90, 880, 0.25), note(80, 180, 1175, 0.22)],
  hand: [note(0, 120, 587), note(110, 120, 740), note(220, 240, 880)],
  knock: [note(0, 70, 180, 0.6), note(170, 70, 180, 0.6), note(340, 110, 180, 0.6)],
  talkWhileMuted: [note(0, 130, 392, 0.3), note(170, 200, 330, 0.3)],
  recordingOn: [note(0, 140, 660, 0.3, { timbre: "bright" }), note(190, 320, 990, 0.3, { timbre: "bright" })],
  recordingOff: [note(0, 140, 990, 0.3, { timbre: "bright" }), note(190, 320, 660, 0.3, { timbre: "bright" })],
  like: [note(0, 100, 784), note(90, 220, 1047)],
  clap: hands([0, 110, 200, 310, 400, 520, 610]),
  laugh: [0, 130, 260, 390].map((atMs, index) => note(atMs, 100, 620 - index * 50, 0.3, { toHz: 460 - index * 40 })),
  surprised: [note(0, 420, 340, 0.3, { toHz: 900 })],
  love: [note(0, 150, 659, 0.25), note(130, 150, 784, 0.25), note(260, 320, 1047, 0.25)],
  boo: [note(0, 620, 220, 0.35, { toHz: 120, timbre: "bright" })],
  silence: [note(0, 130, 4200, 0.08, { timbre: "hiss" }), note(420, 130, 4200, 0.08, { timbre: "hiss" })],
} as const satisfies Readonly<Record<string, readonly Note[]>>;

export type Tune = keyof typeof TUNES;

export const SAMPLE_RATE = 22_050;
const TAIL_MS = 60;
const ATTACK_MS = 8;

/** The tune as samples from -1 to 1. */
export function renderTune(notes: readonly Note[]): Float32Array {
  const lengthMs = Math.max(...notes.map(({ atMs, forMs }) => atMs + forMs)) + TAIL_MS;
  const samples = new Float32Array(Math.ceil((lengthMs / 1000) * SAMPLE_RATE));
  for (const each of notes) addNote(samples, each);
  return samples.map((sample) => Math.tanh(sample));
}

function addNote(samples: Float32Array, { atMs, forMs, hz, toHz = hz, volume, timbre = "soft" }: Note): void {
  const start = Math.floor((atMs / 1000) * SAMPLE_RATE);
  const count = Math.floor((forMs / 1000) * SAMPLE_RATE);
  let phase = 0;
  // Noise from numbers of its own, so that a tune is the same each time.
  let seed = 12_345;
  for (let index = 0; index < count; index++) {
    const part = index / count;
    phase += (2 * Math.PI * (hz + (toHz - hz) * part)) / SAMPLE_RATE;
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const hiss = (seed / 1_073_741_824 - 1) * Math.sin(phase);
    const tone = Math.sin(phase) + (timbre === "bright" ? 0.35 : 0.12) * Math.sin(2 * phase);
    const attack = Math.min(1, index / ((ATTACK_MS / 1000) * SAMPLE_RATE));
    const value = (timbre === "hiss" ? hiss : tone) * attack * (1 - part) ** 2 * volume;
    samples[start + index] = (samples[start + index] ?? 0) + value;
  }
}

/** As a WAV file, which every browser plays. */
export function toWav(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => {
    for (let index = 0; index < value.length; index++) bytes[at + index] = value.charCodeAt(index);
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + index * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  });
  return bytes;
}
