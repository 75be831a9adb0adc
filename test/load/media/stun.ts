/** As much of STUN (RFC 8489) as ICE (RFC 8445) needs of a client with one candidate pair: to check it, and to be checked. */
import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const magicCookie = 0x2112a442;
const headerLength = 20;
const integrityLength = 24;
const fingerprintLength = 8;
const fingerprintMask = 0x5354554e;
/** Of a host candidate that others found out (RFC 8445 5.1.2): as good as any, with one pair. */
const priority = 1_853_817_087;

export const messageTypes = { request: 0x0001, success: 0x0101, error: 0x0111 } as const;
const attributes = {
  username: 0x0006,
  integrity: 0x0008,
  mappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  controlling: 0x802a,
} as const;

export function messageTypeOf(message: Buffer): number {
  return message.length < headerLength || message.readUInt32BE(4) !== magicCookie ? 0 : message.readUInt16BE(0);
}

/** A check that nominates its pair at once, as the only one there is. */
export function writeCheck(username: string, password: string): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(priority);
  return writeMessage(messageTypes.request, randomBytes(12), password, [
    attribute(attributes.username, Buffer.from(username)),
    attribute(attributes.controlling, randomBytes(8)),
    attribute(attributes.priority, value),
    attribute(attributes.useCandidate, Buffer.alloc(0)),
  ]);
}

/** The answer to somebody else's check. */
export function writeAnswer(request: Buffer, password: string, from: { address: string; port: number }): Buffer {
  const mapped = Buffer.alloc(8);
  mapped[1] = 1;
  mapped.writeUInt16BE(from.port ^ (magicCookie >>> 16), 2);
  const address = from.address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  mapped.writeUInt32BE((address ^ magicCookie) >>> 0, 4);
  return writeMessage(messageTypes.success, request.subarray(8, headerLength), password, [
    attribute(attributes.mappedAddress, mapped),
  ]);
}

function writeMessage(type: number, transaction: Buffer, password: string, body: readonly Buffer[]): Buffer {
  const bodyLength = body.reduce((sum, { length }) => sum + length, 0);
  const header = (length: number): Buffer => {
    const written = Buffer.alloc(8);
    written.writeUInt16BE(type, 0);
    written.writeUInt16BE(length, 2);
    written.writeUInt32BE(magicCookie, 4);
    return Buffer.concat([written, transaction]);
  };
  const signed = [header(bodyLength + integrityLength), ...body];
  const integrity = createHmac("sha1", password).update(Buffer.concat(signed)).digest();
  const whole = [...body, attribute(attributes.integrity, integrity)];
  const summed = Buffer.concat([header(bodyLength + integrityLength + fingerprintLength), ...whole]);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(summed) ^ fingerprintMask) >>> 0);
  return Buffer.concat([summed, attribute(attributes.fingerprint, fingerprint)]);
}

function attribute(type: number, value: Buffer): Buffer {
  const written = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  written.writeUInt16BE(type, 0);
  written.writeUInt16BE(value.length, 2);
  value.copy(written, 4);
  return written;
}
