/** RTP (RFC 3550 5.1), what of it a recorder needs. */
export type RtpPacket = {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
};

const fixedHeaderBytes = 12;

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
