import type { Codec } from "./frames.ts";

/** Bytes of the payload descriptor (RFC 7741 4.2), or -1. */
function descriptorBytes(payload: Buffer): number {
  const first = payload[0] ?? 0;
  let at = 1;
  if (first & 0x80) {
    const extension = payload[at] ?? 0;
    at += 1;
    if (extension & 0x80) at += (payload[at] ?? 0) & 0x80 ? 2 : 1;
    if (extension & 0x40) at += 1;
    if (extension & 0x30) at += 1;
  }
  return at < payload.length ? at : -1;
}

export const vp8: Codec = {
  name: "VP8",
  codecId: "V_VP8",
  clockRateHz: 90_000,
  fileType: "webm",
  isOnePacket: false,
  /** S, and the first partition. */
  isStart: (payload) => ((payload[0] ?? 0) & 0x17) === 0x10,
  assemble: (payloads) => {
    const parts = payloads.map((payload) => {
      const at = descriptorBytes(payload);
      return at < 0 ? undefined : payload.subarray(at);
    });
    if (parts.length === 0 || parts.some((part) => part === undefined)) return undefined;
    const data = Buffer.concat(parts as Buffer[]);
    const isKey = ((data[0] ?? 1) & 1) === 0;
    if (!isKey) return { data, isKey };
    // RFC 6386 9.1
    if (data.length < 10 || data.readUIntBE(3, 3) !== 0x9d012a) return undefined;
    const size = { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
    return { data, isKey, size };
  },
};
