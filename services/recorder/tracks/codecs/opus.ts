import type { Codec } from "./frames.ts";

/** OpusHead (RFC 7845 5.1): two channels, no delay that is known of, 48 kHz. */
const head = Buffer.concat([Buffer.from("OpusHead"), Buffer.from([1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0])]);

/** RFC 7587: each packet is whole, and none depends on another for long. */
export const opus: Codec = {
  name: "opus",
  codecId: "A_OPUS",
  clockRateHz: 48_000,
  fileType: "webm",
  isOnePacket: true,
  isStart: () => true,
  assemble: ([payload]) => (payload ? { data: payload, isKey: true, setup: head } : undefined),
};

/** How long a packet lasts (RFC 6716 3.1), in ms; 0 where it is no Opus. */
export function opusDurationMs(packet: Buffer): number {
  if (packet.length === 0) return 0;
  const toc = packet.readUInt8(0);
  const config = toc >> 3;
  const frameMs =
    config < 12 ? ([10, 20, 40, 60][config & 3] ?? 0) : config < 16 ? 10 * (1 + (config & 1)) : 2.5 * 2 ** (config & 3);
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  return Math.min(120, frameMs * count);
}
