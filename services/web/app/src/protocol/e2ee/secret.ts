import { type FrameKey, KEY_NUMBERS } from "./frame.ts";

const KEY_BYTES = 32;
/** As OWASP advises for PBKDF2 with SHA-256. */
const ROUNDS = 600_000;
/** Characters that are not taken for one another when read aloud. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
/** 5 bits each: more than anybody can try. */
const GENERATED_CHARACTERS = 26;
export const MIN_SECRET_CHARACTERS = 8;
export const MAX_SECRET_CHARACTERS = 128;

/** A secret nobody guesses, in groups that can be read aloud. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GENERATED_CHARACTERS * 2));
  // Bytes beyond the last whole round of the alphabet would make its first letters likelier.
  const fair = [...bytes].filter((byte) => byte < 256 - (256 % ALPHABET.length)).slice(0, GENERATED_CHARACTERS);
  const letters = fair.map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return letters.length < GENERATED_CHARACTERS ? newSecret() : (letters.match(/.{1,5}/g) ?? []).join("-");
}

/** How people write it down must not matter. */
export function cleanSecret(typed: string): string {
  return typed.normalize("NFKC").trim().slice(0, MAX_SECRET_CHARACTERS);
}

/** The same secret makes another key in another room. Its number comes from it too, so that all who know it agree on it. */
export async function keyFromSecret(secret: string, room: string): Promise<FrameKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(cleanSecret(secret)), "PBKDF2", false, [
    "deriveBits",
  ]);
  const salt = encoder.encode(`veche e2ee ${room}`);
  const derivation = { name: "PBKDF2", hash: "SHA-256", iterations: ROUNDS, salt };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(derivation, material, (KEY_BYTES + 1) * 8));
  const key = await crypto.subtle.importKey("raw", bits.subarray(0, KEY_BYTES), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { key, number: (bits[KEY_BYTES] ?? 0) % KEY_NUMBERS };
}
