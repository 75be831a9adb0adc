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

/** The same secret makes another key in another room. */
export async function keyFromSecret(secret: string, room: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(cleanSecret(secret)), "PBKDF2", false, [
    "deriveKey",
  ]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", iterations: ROUNDS, salt: encoder.encode(`veche e2ee ${room}`) },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
