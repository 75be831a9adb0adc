import type { Samples } from "./codec.ts";

/** G.711: one byte a sample, 8 kHz. */
export type Law = {
  readonly decode: (payload: Uint8Array) => Samples;
  readonly encode: (samples: Samples) => Uint8Array;
};

const segmentEnds = [0x1f, 0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff] as const;
const sixteenBits = 0x8000;

function readALaw(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? mantissa : (mantissa + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function writeALaw(sample: number): number {
  const isPositive = sample >= 0;
  const magnitude = Math.min(0xfff, (isPositive ? sample : -sample - 1) >> 3);
  const segment = segmentEnds.findIndex((end) => magnitude <= end);
  const mantissa = segment < 2 ? magnitude >> 1 : magnitude >> segment;
  return ((segment << 4) | (mantissa & 0x0f)) ^ (isPositive ? 0xd5 : 0x55);
}

const bias = 0x84;
const muLawMost = 32_635;

function readMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + bias) << ((bits >> 4) & 7)) - bias;
  return bits & 0x80 ? 0 - magnitude : magnitude;
}

function writeMuLaw(sample: number): number {
  const magnitude = Math.min(muLawMost, Math.abs(sample)) + bias;
  const segment = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

function lawOf(read: (byte: number) => number, write: (sample: number) => number): Law {
  const samples = Float32Array.from({ length: 256 }, (_, byte) => read(byte) / sixteenBits);
  // By the upper 14 bits, which is all that either law tells apart.
  const bytes = Uint8Array.from({ length: 0x4000 }, (_, at) => write((at - 0x2000) * 4));
  return {
    decode(payload) {
      const decoded = new Float32Array(payload.length);
      for (let at = 0; at < payload.length; at += 1) decoded[at] = samples[payload[at] ?? 0] ?? 0;
      return decoded;
    },
    encode(sound) {
      const encoded = new Uint8Array(sound.length);
      for (let at = 0; at < sound.length; at += 1) {
        const sample = Math.max(-0x2000, Math.min(0x1fff, Math.round((sound[at] ?? 0) * 0x2000)));
        encoded[at] = bytes[sample + 0x2000] ?? 0;
      }
      return encoded;
    },
  };
}

export const aLaw: Law = lawOf(readALaw, writeALaw);
export const muLaw: Law = lawOf(readMuLaw, writeMuLaw);
