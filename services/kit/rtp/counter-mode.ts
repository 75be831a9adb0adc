import { createCipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { encryptedFlag, rtcpHeaderBytes, rtcpIndexBytes, type Sealing } from "./sealing.ts";
import type { SrtpKeys } from "./srtp-keys.ts";

const blockBytes = 16;
/** RTCP is authenticated with 80 bits also where RTP has 32 (RFC 4568 6.2.2). */
const rtcpTagBytes = 10;

/** AES_CM_128_HMAC_SHA1_80 and AES_CM_128_HMAC_SHA1_32 (RFC 3711 4.1.1, 4.2.1). */
export function counterMode(tagBytes: number, rtp: SrtpKeys, rtcp: SrtpKeys): Sealing {
  const iv = Buffer.alloc(blockBytes);
  const rollover = Buffer.alloc(4);

  /** In counter mode what seals opens, too. */
  const turn = ({ key, salt }: SrtpKeys, body: Buffer, ssrc: number, index: number): Buffer => {
    iv.fill(0);
    iv.set(salt, 0);
    iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    iv.writeUInt16BE(iv.readUInt16BE(8) ^ (Math.floor(index / 0x1_0000_0000) & 0xffff), 8);
    iv.writeUInt32BE((iv.readUInt32BE(10) ^ (index % 0x1_0000_0000)) >>> 0, 10);
    return createCipheriv("aes-128-ctr", key, iv).update(body);
  };
  const rtpTag = (header: Buffer, sealed: Buffer, index: number): Buffer => {
    rollover.writeUInt32BE(Math.floor(index / 0x10000) >>> 0, 0);
    const hmac = createHmac("sha1", rtp.auth).update(header).update(sealed).update(rollover);
    return hmac.digest().subarray(0, tagBytes);
  };
  const rtcpTag = (packet: Buffer): Buffer =>
    createHmac("sha1", rtcp.auth).update(packet).digest().subarray(0, rtcpTagBytes);

  return {
    sealRtp(header, payload, ssrc, index) {
      const sealed = turn(rtp, payload, ssrc, index);
      return Buffer.concat([header, sealed, rtpTag(header, sealed, index)]);
    },
    openRtp(packet, start, ssrc, index) {
      const end = packet.length - tagBytes;
      if (end < start) return undefined;
      const sealed = packet.subarray(start, end);
      if (!timingSafeEqual(rtpTag(packet.subarray(0, start), sealed, index), packet.subarray(end))) return undefined;
      return turn(rtp, sealed, ssrc, index);
    },
    sealRtcp(packet, index) {
      const trailer = Buffer.alloc(rtcpIndexBytes);
      trailer.writeUInt32BE((index | encryptedFlag) >>> 0, 0);
      const body = turn(rtcp, packet.subarray(rtcpHeaderBytes), packet.readUInt32BE(4), index);
      const sealed = Buffer.concat([packet.subarray(0, rtcpHeaderBytes), body, trailer]);
      return Buffer.concat([sealed, rtcpTag(sealed)]);
    },
    openRtcp(packet) {
      const end = packet.length - rtcpTagBytes;
      const trailer = end - rtcpIndexBytes;
      if (trailer < rtcpHeaderBytes) return undefined;
      if (!timingSafeEqual(rtcpTag(packet.subarray(0, end)), packet.subarray(end))) return undefined;
      const flagged = packet.readUInt32BE(trailer);
      if (flagged < encryptedFlag) return undefined;
      const index = flagged - encryptedFlag;
      const body = turn(rtcp, packet.subarray(rtcpHeaderBytes, trailer), packet.readUInt32BE(4), index);
      return { packet: Buffer.concat([packet.subarray(0, rtcpHeaderBytes), body]), index };
    },
  };
}
