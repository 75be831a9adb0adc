import { createHash, createHmac, randomBytes } from "node:crypto";

/** 128 bits for an address or a cookie. */
export function newSecret(): string {
  return randomBytes(16).toString("base64url");
}

export function newId(): string {
  return randomBytes(6).toString("hex");
}

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * Proves to another recorder that one of them asks: only they may read the bucket in which the hash is. Empty where a
 * recording has none, and then nothing proves it.
 */
export function proofFor(recording: string, ownerKeyHash: string): string {
  if (ownerKeyHash === "") return "";
  return createHmac("sha256", ownerKeyHash).update(`parts:${recording}`).digest("hex");
}
