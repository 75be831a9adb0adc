/** RTP (RFC 3550) with one-byte header extensions (RFC 8285): what is read of every packet, and how ours are written. */

const fixedBytes = 12;
const oneByteProfile = 0xbede;

export type RtpHeader = {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly isMarked: boolean;
};

/** A header extension by its id in this session. */
export type Extension = { readonly id: number; readonly value: Buffer };

export function ssrcOf(packet: Buffer): number {
  return packet.readUInt32BE(8);
}

export function sequenceOf(packet: Buffer): number {
  return packet.readUInt16BE(2);
}

export function timestampOf(packet: Buffer): number {
  return packet.readUInt32BE(4);
}

export function payloadTypeOf(packet: Buffer): number {
  return (packet[1] ?? 0) & 0x7f;
}

/** Up to where SRTP leaves a packet in the clear. */
export function headerBytes(packet: Buffer): number {
  const first = packet[0] ?? 0;
  const end = fixedBytes + (first & 0x0f) * 4;
  return (first & 0x10) === 0 ? end : end + 4 + packet.readUInt16BE(end + 2) * 4;
}

/** Of RFC 8285's one-byte form; undefined where it is not there. */
export function extensionOf(packet: Buffer, id: number): Buffer | undefined {
  const first = packet[0] ?? 0;
  if ((first & 0x10) === 0) return undefined;
  const start = fixedBytes + (first & 0x0f) * 4;
  if (packet.readUInt16BE(start) !== oneByteProfile) return undefined;
  const end = start + 4 + packet.readUInt16BE(start + 2) * 4;
  for (let at = start + 4; at < end; ) {
    const head = packet[at] ?? 0;
    if (head === 0) {
      at++;
      continue;
    }
    const length = (head & 0x0f) + 1;
    if (head >> 4 === id) return packet.subarray(at + 1, at + 1 + length);
    at += 1 + length;
  }
  return undefined;
}

export function writeRtp(header: RtpHeader, extensions: readonly Extension[], payload: Buffer): Buffer {
  const extended = extensions.reduce((sum, { value }) => sum + 1 + value.length, 0);
  const padded = Math.ceil(extended / 4) * 4;
  const start = fixedBytes + (extended === 0 ? 0 : 4 + padded);
  const packet = Buffer.alloc(start + payload.length);
  packet[0] = extended === 0 ? 0x80 : 0x90;
  packet[1] = header.payloadType | (header.isMarked ? 0x80 : 0);
  packet.writeUInt16BE(header.sequence & 0xffff, 2);
  packet.writeUInt32BE(header.timestamp >>> 0, 4);
  packet.writeUInt32BE(header.ssrc, 8);
  if (extended > 0) {
    packet.writeUInt16BE(oneByteProfile, fixedBytes);
    packet.writeUInt16BE(padded / 4, fixedBytes + 2);
    let at = fixedBytes + 4;
    for (const { id, value } of extensions) {
      packet[at] = (id << 4) | (value.length - 1);
      value.copy(packet, at + 1);
      at += 1 + value.length;
    }
  }
  payload.copy(packet, start);
  return packet;
}
