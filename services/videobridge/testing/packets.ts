/** What comes to a media port: right, and spoilt. */
import type { Random } from "./random.ts";

/** DTLS 1.2 (RFC 6347) as a browser opens it: ECDHE-ECDSA-AES128-GCM-SHA256 on P-256, with use_srtp (RFC 5764). */
export const clientHello = makeClientHello();

function makeClientHello(): Buffer {
  const extensions = Buffer.concat([
    extension(10, "00020017"),
    extension(11, "0100"),
    extension(13, "000404030804"),
    extension(14, "0002000700"),
    extension(23, ""),
    extension(0xff01, "00"),
  ]);
  const body = Buffer.concat([
    Buffer.from("fefd", "hex"),
    Buffer.alloc(32, 7),
    Buffer.from("0000", "hex"),
    Buffer.from("0002c02b", "hex"),
    Buffer.from("0100", "hex"),
    uint16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([
    Buffer.from([1]),
    uint24(body.length),
    uint16(0),
    uint24(0),
    uint24(body.length),
    body,
  ]);
  return Buffer.concat([Buffer.from("16fefd0000000000000000", "hex"), uint16(handshake.length), handshake]);
}

/** As it goes over TCP (RFC 4571), whatever length it is said to have. */
export function frame(packet: Buffer, sizeBytes: number = packet.length): Buffer {
  return Buffer.concat([uint16(sizeBytes), packet]);
}

/** Some bytes changed, or the packet cut, or longer. */
export function spoilBytes(packet: Buffer, random: Random): Buffer {
  const spoilt = Buffer.from(packet);
  for (let count = random.below(6); count > 0; count -= 1) spoilt[random.below(spoilt.length)] = random.below(256);
  if (random.chance(0.2)) return spoilt.subarray(0, random.below(spoilt.length));
  return random.chance(0.1) ? Buffer.concat([spoilt, Buffer.alloc(random.below(1_400), random.below(256))]) : spoilt;
}

function extension(type: number, hex: string): Buffer {
  const value = Buffer.from(hex, "hex");
  return Buffer.concat([uint16(type), uint16(value.length), value]);
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 255, value & 255]);
}
