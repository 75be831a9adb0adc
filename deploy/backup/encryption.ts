/**
 * A backup under a passphrase: a line that says what it is, 16 bytes of salt, 16 bytes by which a wrong passphrase is told from a
 * damaged file, then AES-256-GCM with its 16 bytes of tag at the end. scrypt (N 32768, r 8, p 1) makes the key of the
 * passphrase and the salt; a salt is used once, so the nonce may be all zero.
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { Fault } from "../users/fault.ts";

const magic = Buffer.from("veche backup, encrypted 1\n");
const saltBytes = 16;
const checkBytes = 16;
const tagBytes = 16;
const nonce = Buffer.alloc(12);
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 } as const;
const algorithm = "aes-256-gcm";

/** What goes over the file's bytes, and what it ends with. */
export type Sealing = { readonly start: Buffer; update(plain: Buffer): Buffer; end(): Buffer };

export function plainSealing(): Sealing {
  return { start: Buffer.alloc(0), update: (plain) => plain, end: () => Buffer.alloc(0) };
}

export function sealing(passphrase: string): Sealing {
  const salt = randomBytes(saltBytes);
  const { key, check } = keyOf(passphrase, salt);
  const cipher = createCipheriv(algorithm, key, nonce);
  return {
    start: Buffer.concat([magic, salt, check]),
    update: (plain) => cipher.update(plain),
    end: () => Buffer.concat([cipher.final(), cipher.getAuthTag()]),
  };
}

/** The plain bytes of a file that may be encrypted. What it yields is proved only once it has ended. */
export async function* unseal(source: AsyncIterable<Buffer>, passphrase: string | undefined): AsyncGenerator<Buffer> {
  const [first, rest] = await splitAt(source, magic.byteLength);
  if (!first.equals(magic)) {
    yield first;
    yield* rest;
    return;
  }
  if (passphrase === undefined)
    throw new Fault("usage", "it is encrypted: --passphrase-file names the file with its passphrase");
  const [start, sealed] = await splitAt(rest, saltBytes + checkBytes);
  const { key, check } = keyOf(passphrase, start.subarray(0, saltBytes));
  const given = start.subarray(saltBytes);
  if (given.byteLength < checkBytes) throw new Fault("refused", "it ends in the middle: it was cut off");
  if (!timingSafeEqual(given, check))
    throw new Fault("refused", "the passphrase is another than the one it was made with");
  yield* decipher(sealed, key);
}

async function* decipher(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  const cipher = createDecipheriv(algorithm, key, nonce);
  let tail = Buffer.alloc(0);
  for await (const piece of source) {
    const all = Buffer.concat([tail, piece]);
    const usable = Math.max(0, all.byteLength - tagBytes);
    tail = all.subarray(usable);
    yield cipher.update(all.subarray(0, usable));
  }
  try {
    cipher.setAuthTag(tail);
    cipher.final();
  } catch (error) {
    throw new Fault("refused", "it is damaged or cut off: its last bytes don't prove the others", { cause: error });
  }
}

function keyOf(passphrase: string, salt: Buffer): { readonly key: Buffer; readonly check: Buffer } {
  const made = scryptSync(passphrase, salt, 32 + checkBytes, cost);
  return { key: made.subarray(0, 32), check: made.subarray(32) };
}

async function splitAt(source: AsyncIterable<Buffer>, wantedBytes: number): Promise<[Buffer, AsyncIterable<Buffer>]> {
  const pieces = source[Symbol.asyncIterator]();
  let have = Buffer.alloc(0);
  while (have.byteLength < wantedBytes) {
    const { done, value } = await pieces.next();
    if (done) break;
    have = Buffer.concat([have, value]);
  }
  const left = have.subarray(wantedBytes);
  const rest = async function* () {
    if (left.byteLength > 0) yield left;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  };
  return [have.subarray(0, wantedBytes), rest()];
}
