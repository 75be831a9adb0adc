/** RTP (RFC 3550 5.1), what of it is needed here. */
export type RtpPacket = {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
};

const fixedHeaderBytes = 12;
const oneByteProfile = 0xbede;

/** Bytes before the payload, or -1 where it is no RTP packet. */
export function headerBytes(packet: Buffer): number {
  if (packet.length < fixedHeaderBytes) return -1;
  const first = packet.readUInt8(0);
  if (first >> 6 !== 2) return -1;
  const bytes = fixedHeaderBytes + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return bytes <= packet.length ? bytes : -1;
  if (bytes + 4 > packet.length) return -1;
  const whole = bytes + 4 + packet.readUInt16BE(bytes + 2) * 4;
  return whole <= packet.length ? whole : -1;
}

/** `header`: what comes before the payload, `payload`: the rest, in clear and with its padding. */
export function readPacket(header: Buffer, payload: Buffer): RtpPacket | undefined {
  const second = header.readUInt8(1);
  const hasPadding = (header.readUInt8(0) & 0x20) !== 0;
  const padding = hasPadding ? (payload.at(-1) ?? 0) : 0;
  if (padding > payload.length) return undefined;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: header.readUInt16BE(2),
    timestamp: header.readUInt32BE(4),
    ssrc: header.readUInt32BE(8),
    payload: padding === 0 ? payload : payload.subarray(0, payload.length - padding),
  };
}

export type RtpHeader = Omit<RtpPacket, "payload">;

/** `audioLevel`: a header extension of one byte (RFC 6464, RFC 8285 4.2). */
export function writeHeader(
  header: RtpHeader,
  audioLevel?: { readonly id: number; readonly level: number; readonly isVoice: boolean },
): Buffer {
  const bytes = Buffer.alloc(audioLevel ? fixedHeaderBytes + 8 : fixedHeaderBytes);
  bytes.writeUInt8(audioLevel ? 0x90 : 0x80, 0);
  bytes.writeUInt8((header.marker ? 0x80 : 0) | header.payloadType, 1);
  bytes.writeUInt16BE(header.sequence, 2);
  bytes.writeUInt32BE(header.timestamp, 4);
  bytes.writeUInt32BE(header.ssrc, 8);
  if (!audioLevel) return bytes;
  bytes.writeUInt16BE(oneByteProfile, fixedHeaderBytes);
  bytes.writeUInt16BE(1, fixedHeaderBytes + 2);
  bytes.writeUInt8(audioLevel.id << 4, fixedHeaderBytes + 4);
  bytes.writeUInt8((audioLevel.isVoice ? 0x80 : 0) | audioLevel.level, fixedHeaderBytes + 5);
  return bytes;
}

/** 0: as loud as can be, to 127: silence, in −dBov (RFC 6464). Undefined: it isn't said. `packet`: one with a whole header. */
export function readAudioLevel(packet: Buffer, id: number): number | undefined {
  const first = packet.readUInt8(0);
  const start = fixedHeaderBytes + (first & 0x0f) * 4;
  if ((first & 0x10) === 0 || packet.readUInt16BE(start) !== oneByteProfile) return undefined;
  const end = Math.min(packet.length, start + 4 + packet.readUInt16BE(start + 2) * 4);
  for (let at = start + 4; at + 1 < end; ) {
    const element = packet.readUInt8(at);
    if (element === 0) at += 1;
    else if (element >> 4 === id) return packet.readUInt8(at + 1) & 0x7f;
    else at += 2 + (element & 0x0f);
  }
  return undefined;
}

/** RTP and RTCP on one port are told apart by their second byte (RFC 5761 4). */
export function isRtcp(packet: Buffer): boolean {
  const type = packet.length > 1 ? packet.readUInt8(1) : 0;
  return type >= 192 && type <= 223;
}

/** A retransmitted packet as it was first sent (RFC 4588 4). Undefined: padding only. */
export function restore(packet: RtpPacket, ssrc: number, payloadType: number): RtpPacket | undefined {
  if (packet.payload.length <= 2) return undefined;
  const sequence = packet.payload.readUInt16BE(0);
  return { ...packet, ssrc, payloadType, sequence, payload: packet.payload.subarray(2) };
}
