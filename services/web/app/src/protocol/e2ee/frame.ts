/**
 * End-to-end encryption of one encoded frame, in the format of Jitsi's clients, so that bridges can still tell key
 * frames and decoders find their place:
 *
 *     clear bytes | AES-GCM ciphertext and tag | IV (12) | length of the IV (1) | number of the key (1)
 *
 * Clear are the first 10 bytes of a key frame, 3 of another picture, 1 of sound (RFC 6386 §9.1, RFC 6716 §3.1); they are
 * authenticated.
 */
const CLEAR_BYTES = { key: 10, delta: 3, audio: 1 } as const;

export type FrameKind = keyof typeof CLEAR_BYTES;

export const IV_BYTES = 12;
const TRAILER_BYTES = 2;
const TAG_BYTES = 16;
/** The numbers of keys wrap around here. */
export const KEY_NUMBERS = 16;

export interface FrameKey {
  readonly number: number;
  readonly key: CryptoKey;
}

/** IVs that never repeat under one key: 64 random bits of this sender, then a counter. */
export class IvSource {
  readonly #iv = new Uint8Array(IV_BYTES);
  readonly #view = new DataView(this.#iv.buffer);
  #count = 0;

  constructor() {
    crypto.getRandomValues(this.#iv);
  }

  next(): Uint8Array<ArrayBuffer> {
    this.#count = (this.#count + 1) >>> 0;
    if (this.#count === 0) crypto.getRandomValues(this.#iv);
    this.#view.setUint32(IV_BYTES - 4, this.#count);
    return this.#iv.slice();
  }
}

export async function sealFrame(
  frame: ArrayBuffer,
  kind: FrameKind,
  { number, key }: FrameKey,
  iv: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  const clear = new Uint8Array(frame, 0, Math.min(CLEAR_BYTES[kind], frame.byteLength));
  const secret = new Uint8Array(frame, clear.byteLength);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: clear }, key, secret);
  const whole = new Uint8Array(clear.byteLength + sealed.byteLength + IV_BYTES + TRAILER_BYTES);
  whole.set(clear);
  whole.set(new Uint8Array(sealed), clear.byteLength);
  whole.set(iv, clear.byteLength + sealed.byteLength);
  whole.set([IV_BYTES, number], whole.byteLength - TRAILER_BYTES);
  return whole.buffer;
}

/** Undefined for what is not encrypted, under another key, or not as its sender made it. */
export async function openFrame(
  frame: ArrayBuffer,
  kind: FrameKind,
  keyOf: (number: number) => CryptoKey | undefined,
): Promise<ArrayBuffer | undefined> {
  const bytes = new Uint8Array(frame);
  const clearBytes = CLEAR_BYTES[kind];
  if (bytes.byteLength < clearBytes + TAG_BYTES + IV_BYTES + TRAILER_BYTES) return undefined;
  const [ivBytes, number = 0] = bytes.subarray(-TRAILER_BYTES);
  const key = number < KEY_NUMBERS ? keyOf(number) : undefined;
  if (ivBytes !== IV_BYTES || !key) return undefined;
  const end = bytes.byteLength - TRAILER_BYTES;
  const clear = bytes.subarray(0, clearBytes);
  const iv = bytes.subarray(end - IV_BYTES, end);
  try {
    const sealed = bytes.subarray(clearBytes, end - IV_BYTES);
    const secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: clear }, key, sealed);
    const whole = new Uint8Array(clearBytes + secret.byteLength);
    whole.set(clear);
    whole.set(new Uint8Array(secret), clearBytes);
    return whole.buffer;
  } catch {
    return undefined;
  }
}
