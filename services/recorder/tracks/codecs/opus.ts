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
