/** Keys of SRTP in SDP: RFC 4568 (SDES), suites of RFC 4568 and RFC 7714. */
import { randomBytes } from "node:crypto";
import type { SrtpKey } from "../../sound/sound.ts";

export type Suite = SrtpKey["suite"];

/** Master key and salt together, in bytes. In our order of preference for what we offer. */
const keyBytes: Readonly<Record<Suite, number>> = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};

export const suites = Object.keys(keyBytes) as Suite[];

export type CryptoLine = { readonly tag: number; readonly key: SrtpKey };

/** As sdp-transform reads `a=crypto`. */
export type RawCrypto = {
  readonly id?: unknown;
  readonly suite?: unknown;
  readonly config?: unknown;
  readonly sessionConfig?: unknown;
};

/**
 * Undefined where the line asks for what we do not do: another suite, a master key identifier, several keys, session
 * parameters; such a line is passed over (RFC 4568, 6.1).
 */
export function readCrypto({ id, suite, config, sessionConfig }: RawCrypto): CryptoLine | undefined {
  const bytes = Object.hasOwn(keyBytes, String(suite)) ? keyBytes[suite as Suite] : undefined;
  const inline = /^inline:([A-Za-z0-9+/]{38,60}={0,2})(\|[0-9^]{1,12})?$/.exec(String(config ?? ""))?.[1];
  const tag = Number(id);
  if (bytes === undefined || inline === undefined || sessionConfig || !Number.isInteger(tag)) return undefined;
  const key = Buffer.from(inline, "base64");
  return key.length === bytes ? { tag, key: { suite: suite as Suite, key: new Uint8Array(key) } } : undefined;
}

export function writeCrypto({ tag, key }: CryptoLine): { id: number; suite: string; config: string } {
  return { id: tag, suite: key.suite, config: `inline:${Buffer.from(key.key).toString("base64")}` };
}

export function createKey(suite: Suite): SrtpKey {
  return { suite, key: new Uint8Array(randomBytes(keyBytes[suite])) };
}
