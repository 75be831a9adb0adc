/** EBML (RFC 8794): elements of an id, a length and a content. */

/** Ids as they are written (RFC 9559), of what is written here. */
export const id = {
  ebml: 0x1a45dfa3,
  version: 0x4286,
  readVersion: 0x42f7,
  maxIdLength: 0x42f2,
  maxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  void: 0xec,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  date: 0x4461,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  lacing: 0x9c,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  codecDelay: 0x56aa,
  seekPreRoll: 0x56bb,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
} as const;

export function writeId(value: number): Buffer {
  const bytes = value > 0xffffff ? 4 : value > 0xffff ? 3 : value > 0xff ? 2 : 1;
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** A length of eight bytes can be written over whatever it becomes. */
export function writeLength(length: number, bytes: 4 | 8 = 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 4) buffer.writeUInt32BE((0x10000000 | length) >>> 0, 0);
  else buffer.writeBigUInt64BE((1n << 56n) | BigInt(length), 0);
  return buffer;
}

/** Of what is still being written. */
export const unknownLength = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

export function element(which: number, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, { length: bytes }) => sum + bytes, 0);
  return Buffer.concat([writeId(which), writeLength(length), ...contents]);
}

export function unsigned(which: number, value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value), 0);
  const first = buffer.findIndex((byte) => byte !== 0);
  return element(which, buffer.subarray(first < 0 ? 7 : first));
}

export function float(which: number, value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(value, 0);
  return element(which, buffer);
}

export function text(which: number, value: string): Buffer {
  return element(which, Buffer.from(value));
}

/** Room for something that is not known yet: so many bytes with its own head. */
export function room(bytes: number): Buffer {
  return element(id.void, Buffer.alloc(bytes - 5));
}

export type Head = { readonly id: number; readonly start: number; readonly length: number | undefined };

/** Id and length at a place; `start`: where the content begins. Undefined: cut off, or no EBML. */
export function readHead(data: Buffer, at: number): Head | undefined {
  const idBytes = Math.clz32(data[at] ?? 0) - 23;
  if (idBytes > 4 || at + idBytes >= data.length) return undefined;
  const which = data.readUIntBE(at, idBytes);
  const sizeAt = at + idBytes;
  const sizeBytes = Math.clz32(data[sizeAt] ?? 0) - 23;
  if (sizeBytes > 8 || sizeAt + sizeBytes > data.length) return undefined;
  const bytes = data.subarray(sizeAt, sizeAt + sizeBytes);
  let length = (bytes[0] ?? 0) & (0xff >> sizeBytes);
  let isUnknown = length === 0xff >> sizeBytes;
  for (const byte of bytes.subarray(1)) {
    length = length * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { id: which, start: sizeAt + sizeBytes, length: isUnknown ? undefined : length };
}
