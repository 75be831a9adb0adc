import { randomBytes } from "node:crypto";

/** UUIDv7 (RFC 9562) as 32 hexadecimal digits: ids of later sittings sort after earlier ones. */
export function newSessionId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex");
}
