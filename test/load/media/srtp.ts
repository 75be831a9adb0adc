/**
 * SRTP and SRTCP with AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80 (RFC 3711), from the keys that DTLS gave
 * (RFC 5764). One context for each direction, streams told apart by SSRC.
 */
import { type Cipheriv, createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { headerBytes, sequenceOf, ssrcOf } from "./rtp.ts";

export type SrtpProfile = "AEAD_AES_128_GCM" | "AES_CM_128_HMAC_SHA1_80";

/** Lengths in bytes: of the master keys and salts, and of what each packet grows by. */
export const profiles = {
  AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16 },
  AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10 },
} as const satisfies Record<SrtpProfile, { key: number; salt: number; tag: number }>;

export type MasterKey = { readonly key: Buffer; readonly salt: Buffer };

const blockBytes = 16;
const authenticationKeyBytes = 20;
const indexBytes = 4;
const encryptedFlag = 0x8000_0000;
/** RFC 3711 4.3.1: what a key is derived for; those of SRTCP follow by three. */
const labels = { cipher: 0, authentication: 1, salt: 2 } as const;
const srtcpLabels = 3;

/** RFC 3711 4.3.3: AES in counter mode over the salt and a label. A salt of 96 bits gets zeros behind it (RFC 7714 11). */
export function deriveKey({ key, salt }: MasterKey, label: number, length: number): Buffer {
  const start = Buffer.alloc(blockBytes);
  salt.copy(start);
  start[7] = (start[7] ?? 0) ^ label;
  return createCipheriv("aes-128-ctr", key, start).update(Buffer.alloc(length));
}

export type SessionKeys = { readonly key: Buffer; readonly salt: Buffer; readonly authentication: Buffer };

function sessionKeys(master: MasterKey, offset: number): SessionKeys {
  return {
    key: deriveKey(master, labels.cipher + offset, master.key.length),
    authentication: deriveKey(master, labels.authentication + offset, authenticationKeyBytes),
    salt: deriveKey(master, labels.salt + offset, master.salt.length),
  };
}

/** Seals packets, or opens them: the index of a packet, and with it the initial vector, is reckoned alike. */
export class SrtpContext {
  readonly #profile: SrtpProfile;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  /** Encrypts single blocks: the key stream of any packet, without setting up a cipher for each. */
  readonly #blocks: Cipheriv;
  readonly #streams = new Map<number, { rollovers: number; highest: number }>();
  #rtcpIndex = 0;

  constructor(profile: SrtpProfile, rtp: SessionKeys, rtcp: SessionKeys) {
    this.#profile = profile;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#blocks = createCipheriv("aes-128-ecb", this.#rtp.key, null).setAutoPadding(false);
  }

  static fromMaster(profile: SrtpProfile, master: MasterKey): SrtpContext {
    return new SrtpContext(profile, sessionKeys(master, 0), sessionKeys(master, srtcpLabels));
  }

  sealRtp(packet: Buffer): Buffer {
    const rollovers = this.#rolloversOf(packet);
    const start = headerBytes(packet);
    if (this.#profile === "AEAD_AES_128_GCM") {
      const cipher = createCipheriv("aes-128-gcm", this.#rtp.key, this.#vector(packet, rollovers));
      cipher.setAAD(packet.subarray(0, start));
      const body = cipher.update(packet.subarray(start));
      cipher.final();
      return Buffer.concat([packet.subarray(0, start), body, cipher.getAuthTag()]);
    }
    const cipher = createCipheriv("aes-128-ctr", this.#rtp.key, this.#vector(packet, rollovers));
    const sealed = Buffer.concat([packet.subarray(0, start), cipher.update(packet.subarray(start))]);
    return Buffer.concat([sealed, this.#tag(this.#rtp, sealed, rollovers)]);
  }

  /** The packet without what protects it; undefined where it does not fit its tag. */
  openRtp(packet: Buffer): Buffer | undefined {
    const rollovers = this.#rolloversOf(packet);
    const start = headerBytes(packet);
    const end = packet.length - profiles[this.#profile].tag;
    if (end < start) return undefined;
    const vector = this.#vector(packet, rollovers);
    if (this.#profile === "AEAD_AES_128_GCM") {
      const head = packet.subarray(0, start);
      const body = openGcm(this.#rtp.key, vector, head, packet.subarray(start, end), packet.subarray(end));
      return body && Buffer.concat([head, body]);
    }
    if (!this.#tag(this.#rtp, packet.subarray(0, end), rollovers).equals(packet.subarray(end))) return undefined;
    const decipher = createDecipheriv("aes-128-ctr", this.#rtp.key, vector);
    return Buffer.concat([packet.subarray(0, start), decipher.update(packet.subarray(start, end))]);
  }

  /** Sixteen bytes of the payload from a multiple of sixteen on, unauthenticated: costs a tenth of opening it. */
  peekRtp(packet: Buffer, block = 0): Buffer {
    const counter = Buffer.alloc(blockBytes);
    const vector = this.#vector(packet, this.#rolloversOf(packet));
    vector.copy(counter);
    // GCM keeps the first two counters for itself (NIST SP 800-38D 7.1).
    if (this.#profile === "AEAD_AES_128_GCM") counter.writeUInt32BE(2 + block, 12);
    else counter.writeUInt16BE(block, 14);
    const stream = this.#blocks.update(counter);
    const start = headerBytes(packet) + block * blockBytes;
    for (let index = 0; index < blockBytes; index++)
      stream[index] = (stream[index] ?? 0) ^ (packet[start + index] ?? 0);
    return stream;
  }

  sealRtcp(packet: Buffer): Buffer {
    const index = this.#rtcpIndex++ & ~encryptedFlag;
    const flagged = Buffer.alloc(indexBytes);
    flagged.writeUInt32BE((index | encryptedFlag) >>> 0);
    const head = packet.subarray(0, 8);
    const vector = this.#rtcpVector(packet, index);
    if (this.#profile === "AEAD_AES_128_GCM") {
      const cipher = createCipheriv("aes-128-gcm", this.#rtcp.key, vector);
      cipher.setAAD(Buffer.concat([head, flagged]));
      const body = cipher.update(packet.subarray(8));
      cipher.final();
      return Buffer.concat([head, body, cipher.getAuthTag(), flagged]);
    }
    const cipher = createCipheriv("aes-128-ctr", this.#rtcp.key, vector);
    const sealed = Buffer.concat([head, cipher.update(packet.subarray(8)), flagged]);
    return Buffer.concat([sealed, this.#tag(this.#rtcp, sealed)]);
  }

  openRtcp(packet: Buffer): Buffer | undefined {
    const { tag } = profiles[this.#profile];
    const isGcm = this.#profile === "AEAD_AES_128_GCM";
    const end = packet.length - tag - indexBytes;
    if (end < 8) return undefined;
    const indexAt = isGcm ? end + tag : end;
    const index = packet.readUInt32BE(indexAt) & ~encryptedFlag;
    const head = packet.subarray(0, 8);
    const vector = this.#rtcpVector(packet, index);
    if (isGcm) {
      const bound = Buffer.concat([head, packet.subarray(indexAt)]);
      const body = openGcm(this.#rtcp.key, vector, bound, packet.subarray(8, end), packet.subarray(end, indexAt));
      return body && Buffer.concat([head, body]);
    }
    const sealed = packet.subarray(0, end + indexBytes);
    if (!this.#tag(this.#rtcp, sealed).equals(packet.subarray(end + indexBytes))) return undefined;
    const decipher = createDecipheriv("aes-128-ctr", this.#rtcp.key, vector);
    return Buffer.concat([head, decipher.update(packet.subarray(8, end))]);
  }

  /** RFC 3711 3.3.1: how often the sequence number has wrapped, as this packet has it. */
  #rolloversOf(packet: Buffer): number {
    const sequence = sequenceOf(packet);
    const ssrc = ssrcOf(packet);
    const stream = this.#streams.get(ssrc);
    if (!stream) {
      this.#streams.set(ssrc, { rollovers: 0, highest: sequence });
      return 0;
    }
    const { highest, rollovers } = stream;
    if (highest < 0x8000 && sequence - highest > 0x8000) return Math.max(0, rollovers - 1);
    const isWrapped = highest >= 0x8000 && highest - sequence > 0x8000;
    if (isWrapped) stream.rollovers++;
    if (isWrapped || sequence > highest) stream.highest = sequence;
    return stream.rollovers;
  }

  #vector(packet: Buffer, rollovers: number): Buffer {
    const isGcm = this.#profile === "AEAD_AES_128_GCM";
    const vector = Buffer.alloc(isGcm ? 12 : blockBytes);
    const at = isGcm ? 2 : 4;
    packet.copy(vector, at, 8, 12);
    vector.writeUInt32BE(rollovers, isGcm ? 6 : 8);
    packet.copy(vector, isGcm ? 10 : 12, 2, 4);
    return withSalt(vector, this.#rtp.salt);
  }

  #rtcpVector(packet: Buffer, index: number): Buffer {
    const isGcm = this.#profile === "AEAD_AES_128_GCM";
    const vector = Buffer.alloc(isGcm ? 12 : blockBytes);
    packet.copy(vector, isGcm ? 2 : 4, 4, 8);
    vector.writeUInt32BE(index, isGcm ? 8 : 10);
    return withSalt(vector, this.#rtcp.salt);
  }

  #tag({ authentication }: SessionKeys, sealed: Buffer, rollovers?: number): Buffer {
    const hmac = createHmac("sha1", authentication).update(sealed);
    if (rollovers !== undefined) {
      const count = Buffer.alloc(indexBytes);
      count.writeUInt32BE(rollovers);
      hmac.update(count);
    }
    return hmac.digest().subarray(0, profiles.AES_CM_128_HMAC_SHA1_80.tag);
  }
}

function withSalt(vector: Buffer, salt: Buffer): Buffer {
  for (let index = 0; index < salt.length; index++) vector[index] = (vector[index] ?? 0) ^ (salt[index] ?? 0);
  return vector;
}

function openGcm(key: Buffer, vector: Buffer, bound: Buffer, body: Buffer, tag: Buffer): Buffer | undefined {
  const decipher = createDecipheriv("aes-128-gcm", key, vector).setAAD(bound).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    return undefined;
  }
}
