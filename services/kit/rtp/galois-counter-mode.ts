import { createCipheriv, createDecipheriv } from "node:crypto";
import { encryptedFlag, rtcpHeaderBytes, rtcpIndexBytes, type Sealing } from "./sealing.ts";
import type { SrtpKeys } from "./srtp-keys.ts";

const tagBytes = 16;
const ivBytes = 12;

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714 8, 9). */
export function galoisCounterMode(keyBytes: number, rtp: SrtpKeys, rtcp: SrtpKeys): Sealing {
  const algorithm = keyBytes === 32 ? "aes-256-gcm" : "aes-128-gcm";
  const iv = Buffer.alloc(ivBytes);
  const rtpIv = (ssrc: number, index: number): Buffer => {
    iv.writeUInt16BE(0, 0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(Math.floor(index / 0x10000) >>> 0, 6);
    iv.writeUInt16BE(index & 0xffff, 10);
    return mix(iv, rtp.salt);
  };
  const rtcpIv = (ssrc: number, index: number): Buffer => {
    iv.fill(0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(index, 8);
    return mix(iv, rtcp.salt);
  };
  const seal = (key: Buffer, aad: Buffer, body: Buffer) => {
    const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    cipher.setAAD(aad);
    const sealed = cipher.update(body);
    cipher.final();
    return [sealed, cipher.getAuthTag()] as const;
  };
  const open = (key: Buffer, aad: Buffer, body: Buffer, tag: Buffer): Buffer | undefined => {
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    const clear = decipher.update(body);
    try {
      decipher.final();
      return clear;
    } catch {
      return undefined;
    }
  };
  return {
    sealRtp(header, payload, ssrc, index) {
      rtpIv(ssrc, index);
      return Buffer.concat([header, ...seal(rtp.key, header, payload)]);
    },
    openRtp(packet, start, ssrc, index) {
      const end = packet.length - tagBytes;
      if (end < start) return undefined;
      rtpIv(ssrc, index);
      return open(rtp.key, packet.subarray(0, start), packet.subarray(start, end), packet.subarray(end));
    },
    sealRtcp(packet, index) {
      const trailer = Buffer.alloc(rtcpIndexBytes);
      trailer.writeUInt32BE((index | encryptedFlag) >>> 0, 0);
      const header = packet.subarray(0, rtcpHeaderBytes);
      rtcpIv(packet.readUInt32BE(4), index);
      const sealed = seal(rtcp.key, Buffer.concat([header, trailer]), packet.subarray(rtcpHeaderBytes));
      return Buffer.concat([header, ...sealed, trailer]);
    },
    openRtcp(packet) {
      const end = packet.length - rtcpIndexBytes - tagBytes;
      if (end < rtcpHeaderBytes) return undefined;
      const trailer = packet.subarray(packet.length - rtcpIndexBytes);
      const flagged = trailer.readUInt32BE(0);
      if (flagged < encryptedFlag) return undefined;
      const index = flagged - encryptedFlag;
      const header = packet.subarray(0, rtcpHeaderBytes);
      rtcpIv(packet.readUInt32BE(4), index);
      const aad = Buffer.concat([header, trailer]);
      const body = open(rtcp.key, aad, packet.subarray(rtcpHeaderBytes, end), packet.subarray(end, end + tagBytes));
      return body && { packet: Buffer.concat([header, body]), index };
    },
  };
}

function mix(iv: Buffer, salt: Buffer): Buffer {
  for (let at = 0; at < ivBytes; at += 1) iv[at] = (iv[at] ?? 0) ^ (salt[at] ?? 0);
  return iv;
}
