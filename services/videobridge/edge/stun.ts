import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** As much of STUN (RFC 8489) as a client's connectivity check needs. */
const magicCookie = 0x2112a442;
const types = { bindingRequest: 0x0001, bindingSuccess: 0x0101, bindingError: 0x0111 } as const;
const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  priority: 0x0024,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;
const headerBytes = 20;
const integrityBytes = 24;
const fingerprintBytes = 8;

export type Check = {
  readonly username: string;
  readonly password: string;
  readonly role: "controlled" | "controlling";
};

export type CheckAnswer = {
  /** 0 for a success response. */
  readonly errorCode: number;
  /** Signed with the password that is expected. */
  readonly isSigned: boolean;
};

/** A connectivity check (RFC 8445 7.1) as a client sends it. */
export function writeCheck({ username, password, role }: Check): Buffer {
  const tieBreaker = randomBytes(8);
  const priority = Buffer.alloc(4);
  priority.writeUInt32BE(1_853_817_087);
  const roleAttribute = role === "controlled" ? attributes.iceControlled : attributes.iceControlling;
  const body = Buffer.concat([
    writeAttribute(attributes.username, Buffer.from(username)),
    writeAttribute(roleAttribute, tieBreaker),
    writeAttribute(attributes.priority, priority),
  ]);
  const transaction = randomBytes(12);
  const header = (length: number) => writeHeader(length, transaction);
  const signed = Buffer.concat([header(body.length + integrityBytes), body]);
  const integrity = createHmac("sha1", password).update(signed).digest();
  const whole = [body, writeAttribute(attributes.messageIntegrity, integrity)];
  const length = body.length + integrityBytes + fingerprintBytes;
  const summed = Buffer.concat([header(length), ...whole]);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(summed) ^ 0x5354554e) >>> 0);
  return Buffer.concat([summed, writeAttribute(attributes.fingerprint, fingerprint)]);
}

/** Undefined where it is no answer to a check. */
export function readCheckAnswer(message: Buffer, password: string): CheckAnswer | undefined {
  if (message.length < headerBytes || message.readUInt32BE(4) !== magicCookie) return undefined;
  const type = message.readUInt16BE(0);
  if (type !== types.bindingSuccess && type !== types.bindingError) return undefined;
  let errorCode = 0;
  let isSigned = false;
  for (let at = headerBytes; at + 4 <= message.length; ) {
    const [attribute, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    const value = message.subarray(at + 4, at + 4 + length);
    if (attribute === attributes.errorCode && value.length >= 4) errorCode = (value[2] ?? 0) * 100 + (value[3] ?? 0);
    if (attribute === attributes.messageIntegrity) isSigned = isIntegrity(message, at, value, password);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { errorCode: type === types.bindingError ? errorCode : 0, isSigned };
}

/** The length in the header counts up to the end of this attribute, whatever follows. */
function isIntegrity(message: Buffer, at: number, found: Buffer, password: string): boolean {
  const signed = Buffer.from(message.subarray(0, at));
  signed.writeUInt16BE(at - headerBytes + integrityBytes, 2);
  return createHmac("sha1", password).update(signed).digest().equals(found);
}

function writeHeader(length: number, transaction: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(types.bindingRequest, 0);
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
