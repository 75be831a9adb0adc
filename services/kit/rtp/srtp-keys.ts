import { createCipheriv } from "node:crypto";

/** Names as SDES has them (RFC 4568 6.2, RFC 7714 14.2). */
export type SrtpSuite = "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32" | "AEAD_AES_128_GCM" | "AEAD_AES_256_GCM";

type Sizes = {
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** 0: the cipher authenticates by itself. */
  readonly authBytes: number;
  /** Of RTP packets. */
  readonly tagBytes: number;
};

export const srtpSuites: Readonly<Record<SrtpSuite, Sizes>> = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, authBytes: 20, tagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14, authBytes: 20, tagBytes: 4 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, authBytes: 0, tagBytes: 16 },
  AEAD_AES_256_GCM: { keyBytes: 32, saltBytes: 12, authBytes: 0, tagBytes: 16 },
};

/** What bridges seal with between one another, and to whom they send plain RTP. */
export const relaySuite = "AEAD_AES_256_GCM" satisfies SrtpSuite;

/** Master key and salt, one after the other. */
export function masterBytes(suite: SrtpSuite): number {
  return srtpSuites[suite].keyBytes + srtpSuites[suite].saltBytes;
}

/** Session keys of one direction, for RTP or for RTCP. */
export type SrtpKeys = { readonly key: Buffer; readonly salt: Buffer; readonly auth: Buffer };

const labels = { rtp: { key: 0, auth: 1, salt: 2 }, rtcp: { key: 3, auth: 4, salt: 5 } } as const;

export function deriveKeys(suite: SrtpSuite, master: Uint8Array, of: keyof typeof labels): SrtpKeys {
  const { keyBytes, saltBytes, authBytes } = srtpSuites[suite];
  const { key, auth, salt } = labels[of];
  return {
    key: derive(keyBytes, master, key, keyBytes),
    auth: derive(keyBytes, master, auth, authBytes),
    salt: derive(keyBytes, master, salt, saltBytes),
  };
}

/** RFC 3711 4.3, with AES-256 RFC 6188. A salt of 96 bits stands for one of 112 that ends in zeros. */
function derive(keyBytes: number, master: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(master.subarray(keyBytes), 0);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  const cipher = createCipheriv(`aes-${keyBytes * 8}-ctr`, master.subarray(0, keyBytes), iv);
  return cipher.update(Buffer.alloc(length));
}
