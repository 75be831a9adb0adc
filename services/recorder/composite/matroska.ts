/** The capture as ffmpeg reads it from a pipe: a Matroska stream without an end (RFC 9559), a cluster for each block. */

export type Film = {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** AVCDecoderConfigurationRecord. */
  readonly description: Buffer;
  /** Samples a second of its sound: stereo, 16 bit, little endian. */
  readonly soundRate: number;
};

const scaleNs = 100_000;
const Track = { Video: 1, Sound: 2 } as const;
const unknownSize = Buffer.from("01ffffffffffffff", "hex");

export function filmHeader({ width, height, framesPerSecond, description, soundRate }: Film): Buffer {
  const video = element(
    0xae,
    ...trackIds(Track.Video),
    element(0x83, number(1)),
    element(0x86, Buffer.from("V_MPEG4/ISO/AVC")),
    element(0x23e383, number(Math.round(1e9 / framesPerSecond))),
    element(0x63a2, description),
    element(0xe0, element(0xb0, number(width)), element(0xba, number(height))),
  );
  const sound = element(
    0xae,
    ...trackIds(Track.Sound),
    element(0x83, number(2)),
    element(0x86, Buffer.from("A_PCM/INT/LIT")),
    element(0xe1, element(0xb5, float(soundRate)), element(0x9f, number(2)), element(0x6264, number(16))),
  );
  return Buffer.concat([
    element(
      0x1a45dfa3,
      element(0x4282, Buffer.from("matroska")),
      element(0x4287, number(4)),
      element(0x4285, number(2)),
    ),
    identifier(0x18538067),
    unknownSize,
    element(
      0x1549a966,
      element(0x2ad7b1, number(scaleNs)),
      element(0x4d80, Buffer.from("v")),
      element(0x5741, Buffer.from("v")),
    ),
    element(0x1654ae6b, video, sound),
  ]);
}

export function videoBlock(timeUs: number, isKey: boolean, bytes: Buffer): Buffer {
  return cluster(Track.Video, timeUs, isKey, bytes);
}

export function soundBlock(timeUs: number, bytes: Buffer): Buffer {
  return cluster(Track.Sound, timeUs, true, bytes);
}

function cluster(track: number, timeUs: number, isKey: boolean, bytes: Buffer): Buffer {
  const time = number(Math.round((timeUs * 1000) / scaleNs));
  const simpleBlock = element(0xa3, Buffer.from([0x80 | track, 0, 0, isKey ? 0x80 : 0]), bytes);
  return element(0x1f43b675, element(0xe7, time), simpleBlock);
}

const trackIds = (track: number): Buffer[] => [element(0xd7, number(track)), element(0x73c5, number(track))];

function element(id: number, ...parts: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(parts.reduce((sum, { length }) => sum + length, 0)));
  size[0] = 0x01;
  return Buffer.concat([identifier(id), size, ...parts]);
}

function identifier(id: number): Buffer {
  return Buffer.from(id.toString(16), "hex");
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}
