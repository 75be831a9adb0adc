import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** As much of STUN (RFC 8489) as a client's connectivity check needs. */
export const magicCookie = 0x2112a442;
export const messageTypes = { bindingRequest: 0x0001, bindingSuccess: 0x0101, bindingError: 0x0111 } as const;
export const attributeTypes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  googNetworkInfo: 0xc057,
} as const;
const headerBytes = 20;
const integrityBytes = 24;
const fingerprintBytes = 8;

export type Check = {
  readonly username: string;
  readonly password: string;
  readonly role: "controlled" | "controlling";
  /** With what libwebrtc adds to each of its checks. */
  readonly isLibwebrtc?: boolean;
  readonly isNominating?: boolean;
};

export type CheckAnswer = {
  /** 0 for a success response. */
  readonly errorCode: number;
  /** Signed with the password that is expected. */
  readonly isSigned: boolean;
};

export type StunMessage = {
  readonly type: number;
  /** 12 octets. */
  readonly transaction: Buffer;
  readonly attributes: readonly (readonly [type: number, value: Buffer])[];
};

/** A connectivity check (RFC 8445 7.1) as a client sends it. */
export function writeCheck({ username, password, role, isLibwebrtc, isNominating }: Check): Buffer {
  const priority = Buffer.alloc(4);
  priority.writeUInt32BE(1_853_817_087);
  const roleAttribute = role === "controlled" ? attributeTypes.iceControlled : attributeTypes.iceControlling;
  const attributes = [
    [attributeTypes.username, Buffer.from(username)],
    [roleAttribute, randomBytes(8)],
    [attributeTypes.priority, priority],
    ...(isNominating ? [[attributeTypes.useCandidate, Buffer.alloc(0)] as const] : []),
    ...(isLibwebrtc ? [[attributeTypes.googNetworkInfo, Buffer.alloc(4)] as const] : []),
  ] as const;
  return writeMessage({ type: messageTypes.bindingRequest, transaction: randomBytes(12), attributes }, password);
}

/** With a fingerprint, and signed where there is a password. */
export function writeMessage({ type, transaction, attributes }: StunMessage, password?: string): Buffer {
  let body = Buffer.concat(attributes.map(([name, value]) => writeAttribute(name, value)));
  const upTo = (further: number) => Buffer.concat([writeHeader(type, body.length + further, transaction), body]);
  if (password !== undefined) {
    const integrity = createHmac("sha1", password).update(upTo(integrityBytes)).digest();
    body = Buffer.concat([body, writeAttribute(attributeTypes.messageIntegrity, integrity)]);
  }
  const summed = upTo(fingerprintBytes);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(summed) ^ 0x5354554e) >>> 0);
  return Buffer.concat([summed, writeAttribute(attributeTypes.fingerprint, fingerprint)]);
}

/** Undefined where it is no STUN. */
export function readMessage(message: Buffer): StunMessage | undefined {
  if (message.length < headerBytes || message.readUInt32BE(4) !== magicCookie) return undefined;
  const attributes: [number, Buffer][] = [];
  for (let at = headerBytes; at + 4 <= message.length; ) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    attributes.push([type, message.subarray(at + 4, at + 4 + length)]);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: message.readUInt16BE(0), transaction: message.subarray(8, headerBytes), attributes };
}

/** Undefined where it is no answer to a check. */
export function readCheckAnswer(message: Buffer, password: string): CheckAnswer | undefined {
  const read = readMessage(message);
  if (read === undefined) return undefined;
  const { type, attributes } = read;
  if (type !== messageTypes.bindingSuccess && type !== messageTypes.bindingError) return undefined;
  const [, code = Buffer.alloc(0)] = attributes.find(([name]) => name === attributeTypes.errorCode) ?? [];
  const errorCode = code.length >= 4 ? (code[2] ?? 0) * 100 + (code[3] ?? 0) : 0;
  return { errorCode: type === messageTypes.bindingError ? errorCode : 0, isSigned: isSigned(message, read, password) };
}

/** The length in the header counts up to the end of this attribute, whatever follows. */
function isSigned(message: Buffer, { attributes }: StunMessage, password: string): boolean {
  const index = attributes.findIndex(([name]) => name === attributeTypes.messageIntegrity);
  const found = attributes[index]?.[1];
  if (found === undefined) return false;
  const signed = Buffer.from(message.subarray(0, found.byteOffset - message.byteOffset - 4));
  signed.writeUInt16BE(signed.length - headerBytes + integrityBytes, 2);
  return createHmac("sha1", password).update(signed).digest().equals(found);
}

function writeHeader(type: number, length: number, transaction: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(length, 2);
  header.writeUInt32BE(magicCookie, 4);
  return Buffer.concat([header, transaction]);
}

function writeAttribute(type: number, value: Buffer): Buffer {
  const attribute = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  attribute.writeUInt16BE(type, 0);
  attribute.writeUInt16BE(value.length, 2);
  value.copy(attribute, 4);
  return attribute;
}
