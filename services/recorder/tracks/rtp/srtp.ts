import { createCipheriv, createDecipheriv } from "node:crypto";
import { headerBytes, type RtpPacket, readPacket } from "./packet.ts";

/** AEAD_AES_256_GCM (RFC 7714 12): a key of 32 bytes and a salt of 12. */
export const srtpSuite = "AEAD_AES_256_GCM";
export const srtpKeyBytes = 44;
const keyBytes = 32;
const saltBytes = 12;
const tagBytes = 16;
const indexBytes = 4;
const rtcpHeaderBytes = 8;

const labels = { rtpKey: 0, rtpSalt: 2, rtcpKey: 3, rtcpSalt: 5 } as const;

/** RFC 3711 4.3 with AES-256 (RFC 6188). The salt of 96 bits stands for one of 112 that ends in zeros. */
function derive(master: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(master.subarray(keyBytes), 0);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  const cipher = createCipheriv("aes-256-ctr", master.subarray(0, keyBytes), iv);
  return cipher.update(Buffer.alloc(length));
}

type Keys = { readonly key: Buffer; readonly salt: Buffer };

/** Of one direction. */
export function rtpKeys(master: Uint8Array): Keys {
  return { key: derive(master, labels.rtpKey, keyBytes), salt: derive(master, labels.rtpSalt, saltBytes) };
}

function rtcpKeys(master: Uint8Array): Keys {
  return { key: derive(master, labels.rtcpKey, keyBytes), salt: derive(master, labels.rtcpSalt, saltBytes) };
}

/** Sequence numbers lately seen, and how often they have wrapped around (RFC 3711 3.3.1, 3.3.2). */
type Seen = { highest: number; window: bigint };

const windowBits = 512n;
const windowMask = (1n << windowBits) - 1n;

/** Opens what one other end sends. Only packets with its key are let through, each once. */
export class SrtpReader {
  readonly #rtp: Keys;
  readonly #rtcp: Keys;
  readonly #seen = new Map<number, Seen>();
  readonly #iv = Buffer.alloc(saltBytes);

  constructor(master: Uint8Array) {
    this.#rtp = rtpKeys(master);
    this.#rtcp = rtcpKeys(master);
  }

  /** Undefined: not of this sender, spoilt, or seen before. */
  readRtp(packet: Buffer): RtpPacket | undefined {
    const start = headerBytes(packet);
    if (start < 0 || packet.length < start + tagBytes) return undefined;
    const ssrc = packet.readUInt32BE(8);
    const seen = this.#seen.get(ssrc);
    const index = extendSequence(packet.readUInt16BE(2), seen?.highest);
    if (index < 0 || (seen && isOld(seen, index))) return undefined;
    const iv = this.#iv;
    iv.writeUInt16BE(0, 0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(Math.floor(index / 0x10000) >>> 0, 6);
    iv.writeUInt16BE(index & 0xffff, 10);
    mix(iv, this.#rtp.salt);
    const header = packet.subarray(0, start);
    const end = packet.length - tagBytes;
    const payload = open(this.#rtp.key, iv, header, packet.subarray(start, end), packet.subarray(end));
    if (!payload) return undefined;
    this.#note(ssrc, index, seen);
    return readPacket(header, payload);
  }

  /** The compound packet in clear. */
  readRtcp(packet: Buffer): Buffer | undefined {
    if (packet.length < rtcpHeaderBytes + tagBytes + indexBytes) return undefined;
    const trailer = packet.subarray(packet.length - indexBytes);
    const index = trailer.readUInt32BE(0);
    if (index < 0x80000000) return undefined;
    const header = packet.subarray(0, rtcpHeaderBytes);
    const iv = rtcpIv(packet.readUInt32BE(4), index & 0x7fffffff, this.#rtcp.salt);
    const end = packet.length - indexBytes - tagBytes;
    const aad = Buffer.concat([header, trailer]);
    const tag = packet.subarray(end, end + tagBytes);
    const body = open(this.#rtcp.key, iv, aad, packet.subarray(rtcpHeaderBytes, end), tag);
    return body && Buffer.concat([header, body]);
  }

  #note(ssrc: number, index: number, seen: Seen | undefined): void {
    if (!seen) {
      this.#seen.set(ssrc, { highest: index, window: 1n });
      return;
    }
    const ahead = index - seen.highest;
    if (ahead > 0) {
      seen.window = ahead >= Number(windowBits) ? 1n : ((seen.window << BigInt(ahead)) | 1n) & windowMask;
      seen.highest = index;
    } else seen.window |= 1n << BigInt(-ahead);
  }
}

/** Seals what is said back: reports and wishes for key frames. */
export class SrtcpWriter {
  readonly #keys: Keys;
  #index = 0;

  constructor(master: Uint8Array) {
    this.#keys = rtcpKeys(master);
  }

  write(packet: Buffer): Buffer {
    this.#index = (this.#index + 1) & 0x7fffffff;
    const trailer = Buffer.alloc(indexBytes);
    trailer.writeUInt32BE((this.#index | 0x80000000) >>> 0, 0);
    const header = packet.subarray(0, rtcpHeaderBytes);
    const iv = rtcpIv(packet.readUInt32BE(4), this.#index, this.#keys.salt);
    const cipher = createCipheriv("aes-256-gcm", this.#keys.key, iv, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.concat([header, trailer]));
    const body = cipher.update(packet.subarray(rtcpHeaderBytes));
    cipher.final();
    return Buffer.concat([header, body, cipher.getAuthTag(), trailer]);
  }
}

/** As a sender's sequence number goes on without end. `highest`: of what was seen; the nearest to it is meant. */
export function extendSequence(sequence: number, highest: number | undefined): number {
  if (highest === undefined) return sequence;
  const behind = ((sequence - highest) << 16) >> 16;
  return highest + behind;
}

function isOld({ highest, window }: Seen, index: number): boolean {
  const behind = highest - index;
  if (behind < 0) return false;
  return behind >= Number(windowBits) || ((window >> BigInt(behind)) & 1n) === 1n;
}

function mix(iv: Buffer, salt: Buffer): void {
  for (let at = 0; at < saltBytes; at += 1) iv[at] = (iv[at] ?? 0) ^ (salt[at] ?? 0);
}

function rtcpIv(ssrc: number, index: number, salt: Buffer): Buffer {
  const iv = Buffer.alloc(saltBytes);
  iv.writeUInt32BE(ssrc, 2);
  iv.writeUInt32BE(index, 8);
  mix(iv, salt);
  return iv;
}

function open(key: Buffer, iv: Buffer, aad: Buffer, body: Buffer, tag: Buffer): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  const clear = decipher.update(body);
  try {
    decipher.final();
    return clear;
  } catch {
    return undefined;
  }
}
