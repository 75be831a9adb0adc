import type { Samples } from "../codecs/codec.ts";

/** A WAV file of 16 bits, mono; undefined: another kind of file, or none at all. */
export function readWav(file: Buffer): { readonly rateHz: number; readonly samples: Samples } | undefined {
  if (file.length < 12 || file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE")
    return undefined;
  let rateHz = 0;
  for (let at = 12; at + 8 <= file.length; ) {
    const [kind, length] = [file.toString("latin1", at, at + 4), file.readUInt32LE(at + 4)];
    const start = at + 8;
    if (kind === "fmt " && start + 16 <= file.length) {
      const [format, channels, bits] = [0, 2, 14].map((offset) => file.readUInt16LE(start + offset));
      if (format !== 1 || channels !== 1 || bits !== 16) return undefined;
      rateHz = file.readUInt32LE(start + 4);
    }
    if (kind === "data" && rateHz > 0) {
      // A program that writes to a pipe does not know how long it will be.
      const count = Math.floor((Math.min(file.length, start + length) - start) / 2);
      return {
        rateHz,
        samples: Float32Array.from({ length: count }, (_, n) => file.readInt16LE(start + 2 * n) / 0x8000),
      };
    }
    at = start + length + (length % 2);
  }
  return undefined;
}
