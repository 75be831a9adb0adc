/** AAC in ADTS frames (ISO/IEC 14496-3, 1.A.2): a header of seven bytes (nine with a checksum) before each frame. */

/** Samples of a frame. */
export const frameSamples = 1024;

const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

export type AdtsFrame = {
  /** AudioSpecificConfig's object type: 2 is AAC-LC. */
  readonly objectType: number;
  readonly rateIndex: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly header: Buffer;
  readonly payload: Buffer;
};

/** The whole frames in the data, up to the first thing that is none. */
export function adtsFrames(data: Buffer): AdtsFrame[] {
  const frames: AdtsFrame[] = [];
  for (let at = 0; at + 7 <= data.length; ) {
    if ((data.readUInt16BE(at) & 0xfff6) !== 0xfff0) break;
    const profile = data.readUInt16BE(at + 2);
    const length = (data.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
    const headerBytes = ((data[at + 1] ?? 0) & 1) === 1 ? 7 : 9;
    const rateIndex = (profile >> 10) & 0x0f;
    const sampleRate = rates[rateIndex];
    if (sampleRate === undefined || length < headerBytes || at + length > data.length) break;
    frames.push({
      objectType: (profile >> 14) + 1,
      rateIndex,
      sampleRate,
      channels: (profile >> 6) & 0x07,
      header: data.subarray(at, at + headerBytes),
      payload: data.subarray(at + headerBytes, at + length),
    });
    at += length;
  }
  return frames;
}

/** A frame of AAC-LC that is silence, by number of channels; as hls.js has them. */
const silence: Readonly<Record<number, readonly number[]>> = {
  1: [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80],
  2: [0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80],
};

/** A silent frame as the given one is; undefined for what there is none of. */
export function silentFrameLike(frame: AdtsFrame): Buffer | undefined {
  const payload = silence[frame.channels];
  if (!payload || frame.objectType !== 2) return undefined;
  const header = Buffer.from(frame.header.subarray(0, 7));
  header[1] = (header[1] ?? 0) | 1;
  const bytes = header.readUIntBE(3, 3) & ~(0x1fff << 5);
  header.writeUIntBE(bytes | ((payload.length + 7) << 5), 3, 3);
  return Buffer.concat([header, Buffer.from(payload)]);
}

/** AudioSpecificConfig, as FLV and MP4 have it before the first frame. */
export function audioConfig(frame: AdtsFrame): Buffer {
  return Buffer.from([
    (frame.objectType << 3) | (frame.rateIndex >> 1),
    ((frame.rateIndex & 1) << 7) | (frame.channels << 3),
  ]);
}
