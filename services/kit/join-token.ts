/**
 * What a host joins with: one string that names the signalling host, a role and a secret of 256 bits. Of the secret come two keys:
 * one seals what the host is given, the other proves that a question comes from whoever has the token. So the way between them need
 * not be trusted, and whoever keeps the sealed bundle can't open it (services/decisions/0018-joining.md).
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

export type JoinToken = {
  /** Scheme, host and port of web. */
  readonly origin: string;
  readonly role: string;
  /** 16 hex digits: names the sealed bundle. */
  readonly id: string;
  /** 64 hex digits. */
  readonly secret: string;
};

/** A question may be asked again so long after it was first answered: the answer may have been lost. */
export const askAgainMs = 60_000;

const pattern = /^([a-z][a-z-]*)-([0-9a-f]{16})-([0-9a-f]{64})$/;

export function newJoinToken(origin: string, role: string): JoinToken {
  return { origin, role, id: randomBytes(8).toString("hex"), secret: randomBytes(32).toString("hex") };
}

export function formatJoinToken({ origin, role, id, secret }: JoinToken): string {
  return `${origin}/join#${role}-${id}-${secret}`;
}

/** Undefined where it is none, or only part of one. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const url = URL.parse(text.trim());
  const [, role, id, secret] = pattern.exec(url?.hash.slice(1) ?? "") ?? [];
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/join") return undefined;
  if (role === undefined || id === undefined || secret === undefined) return undefined;
  return { origin: url.origin, role, id, secret };
}

/** base64 of what the token's bundle is sealed to; the role and the id are part of the seal. */
export function seal(token: JoinToken, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyFor(token, "seal"), iv).setAAD(nameOf(token));
  return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Undefined where it was not sealed with this token, or was changed. */
export function unseal(token: JoinToken, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length < 28) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", keyFor(token, "seal"), bytes.subarray(0, 12)).setAAD(nameOf(token));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** base64 of what web checks proofs with. */
export function proofKeyOf(token: JoinToken): string {
  return keyFor(token, "proof").toString("base64");
}

/** Of a question with that nonce, in hex. */
export function proofOf(proofKey: string, id: string, nonce: string): string {
  return createHmac("sha256", Buffer.from(proofKey, "base64")).update(`${id} ${nonce}`).digest("hex");
}

export function isProof(proofKey: string, id: string, nonce: string, proof: string): boolean {
  const wanted = Buffer.from(proofOf(proofKey, id, nonce));
  const given = Buffer.from(proof);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function nameOf({ role, id }: JoinToken): Buffer {
  return Buffer.from(`${role} ${id}`);
}

function keyFor({ id, secret }: JoinToken, use: "seal" | "proof"): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(secret, "hex"), id, `veche join ${use}`, 32));
}
