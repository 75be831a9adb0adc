/**
 * Pictures made up: frames of the sizes and the temporal layers (L1T3) an encoder yields, with the payload descriptor
 * (RFC 7741 4.2) and frame header (RFC 6386 9.1) that forwarders read. Behind them are bytes without a picture.
 */

/** Where each packet, of sound too, says when it was sent: a block of AES into the payload, so that it can be read alone. */
export const sentAtOffset = 16;
const sentAtBytes = 8;
export const descriptorBytes = 6;
const keyHeaderBytes = 10;
export const packetBytes = 1_100;
const temporalPattern = [0, 2, 1, 2] as const;
const startCode = [0x9d, 0x01, 0x2a] as const;

/** Deterministic, and nothing that repeats within a packet. */
const filler: Buffer = (() => {
  const bytes = Buffer.alloc(65_536);
  let state = 0x2545_f491;
  for (let index = 0; index < bytes.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
})();

export function fill(length: number, from: number): Buffer {
  const start = from % (filler.length - length);
  return Buffer.from(filler.subarray(start, start + length));
}

/** What makes the frames a camera sends. */
export type Encoder = {
  /** Whether the time may be written into what it makes. */
  readonly isStamped: boolean;
  /** The payloads of the packets of the next frame. */
  encode(isKeyFrame: boolean): Buffer[];
};

export type Described = {
  readonly isFirst: boolean;
  readonly temporal: number;
  readonly pictureId: number;
  readonly tl0: number;
};

/** X, S; I, L, T; a picture id of 15 bits; TL0PICIDX; TID, with Y where a layer above may be dropped. */
export function writeDescriptor(payload: Buffer, { isFirst, temporal, pictureId, tl0 }: Described): void {
  payload[0] = isFirst ? 0x90 : 0x80;
  payload[1] = 0xe0;
  payload.writeUInt16BE(0x8000 | pictureId, 2);
  payload[4] = tl0;
  payload[5] = (temporal << 6) | (temporal === 0 ? 0 : 0x20);
}

export class Vp8Encoder implements Encoder {
  readonly isStamped = true;
  readonly #width: number;
  readonly #height: number;
  readonly #bytesPerFrame: number;
  #pictureId = 0;
  #tl0 = 0;
  #inPattern = 0;

  constructor(height: number, bitsPerSecond: number, framesPerSecond: number) {
    this.#height = height;
    this.#width = Math.round((height * 16) / 9);
    this.#bytesPerFrame = bitsPerSecond / 8 / framesPerSecond;
  }

  /** A key frame has three times the bytes of others. */
  encode(isKeyFrame: boolean): Buffer[] {
    if (isKeyFrame) this.#inPattern = 0;
    const temporal = temporalPattern[this.#inPattern % temporalPattern.length] ?? 0;
    this.#inPattern++;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    if (temporal === 0) this.#tl0 = (this.#tl0 + 1) & 0xff;
    const size = Math.round(this.#bytesPerFrame * (isKeyFrame ? 3 : 1));
    const count = Math.max(1, Math.ceil(size / packetBytes));
    const bytes = Math.max(sentAtOffset + sentAtBytes, Math.round(size / count) + descriptorBytes);
    return Array.from({ length: count }, (_, index) => {
      const payload = fill(bytes, this.#pictureId * 31 + index * 977);
      writeDescriptor(payload, { isFirst: index === 0, temporal, pictureId: this.#pictureId, tl0: this.#tl0 });
      if (index === 0) this.#head(payload, isKeyFrame);
      return payload;
    });
  }

  #head(payload: Buffer, isKeyFrame: boolean): void {
    payload[descriptorBytes] = isKeyFrame ? 0x10 : 0x11;
    if (!isKeyFrame || payload.length < descriptorBytes + keyHeaderBytes) return;
    payload.set(startCode, descriptorBytes + 3);
    payload.writeUInt16LE(this.#width, descriptorBytes + 6);
    payload.writeUInt16LE(this.#height, descriptorBytes + 8);
  }
}

/** The height of the picture where this begins a key frame, 0 where that is beyond what is there; else undefined. */
export function keyFrameHeightIn(start: Buffer): number | undefined {
  const first = start[0] ?? 0;
  if ((first & 0x1f) !== 0x10) return undefined;
  let at = 1;
  if ((first & 0x80) !== 0) {
    const extended = start[at++] ?? 0;
    if ((extended & 0x80) !== 0) at += ((start[at] ?? 0) & 0x80) === 0 ? 1 : 2;
    if ((extended & 0x40) !== 0) at++;
    if ((extended & 0x30) !== 0) at++;
  }
  if (((start[at] ?? 1) & 1) !== 0) return undefined;
  if (at + keyHeaderBytes > start.length) return 0;
  return start.readUInt16LE(at + 8) & 0x3fff;
}

/** Stamps a payload with the time. */
export function stamp(payload: Buffer, epochMs: number): void {
  payload.writeDoubleBE(epochMs, sentAtOffset);
}
