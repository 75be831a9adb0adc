import { createHash } from "node:crypto";

const base32 = "abcdefghijklmnopqrstuvwxyz234567";

/** Lower-case base32 (RFC 4648 without padding). */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32[(buffer >>> bits) & 31];
    }
  }
  return bits > 0 ? text + base32[(buffer << (5 - bits)) & 31] : text;
}

/**
 * The stable id of a room (events.md, promise 2): the first 20 characters of lower-case base32 of SHA-256 of the NFKC,
 * case-folded name. `name` is what people read, decoded: "5А класс". Rooms of a tenant other than `main` hash
 * "[tenant]name", so that equal names of two tenants stay two rooms.
 */
export function roomId(name: string, tenant = "main"): string {
  const folded = foldName(tenant === "main" ? name : `[${tenant}]${name}`);
  return encodeBase32(createHash("sha256").update(folded, "utf8").digest()).slice(0, 20);
}

/** NFKC, then case folding: upper-casing first joins ß with ss and the forms of sigma. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** The reference to a person: "p_" and 16 characters, from a user id or a guest's bare address. */
export function personId(identity: string): string {
  return `p_${encodeBase32(createHash("sha256").update(identity, "utf8").digest()).slice(0, 16)}`;
}
