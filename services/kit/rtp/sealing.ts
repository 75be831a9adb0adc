/** The ciphers of SRTP: what one packet becomes with the keys of its direction. `index`: of the packet, without end. */
export interface Sealing {
  /** The whole packet. */
  sealRtp(header: Buffer, payload: Buffer, ssrc: number, index: number): Buffer;
  /** The payload in clear; undefined where the packet isn't authentic. `start`: where the payload begins. */
  openRtp(packet: Buffer, start: number, ssrc: number, index: number): Buffer | undefined;
  sealRtcp(packet: Buffer, index: number): Buffer;
  /** The compound packet in clear, and its index. */
  openRtcp(packet: Buffer): { readonly packet: Buffer; readonly index: number } | undefined;
}

export const rtcpHeaderBytes = 8;
export const rtcpIndexBytes = 4;
/** Of the index of an RTCP packet: it is encrypted (RFC 3711 3.4). */
export const encryptedFlag = 0x80000000;
