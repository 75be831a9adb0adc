import { type ScramCredential, scramMechanisms } from "../domain/scram.ts";

/**
 * Credentials as one string of a byte each: as objects with byte arrays those of 50,000 accounts take 79 MB, so 9.
 * Sign-in unpacks the one it needs.
 */
export function packCredentials(credentials: readonly ScramCredential[]): string {
  return credentials.map(pack).join("");
}

export function unpackCredentials(packed: string): readonly ScramCredential[] {
  const bytes = Buffer.from(packed, "latin1");
  const credentials: ScramCredential[] = [];
  let at = 0;
  const takePart = () => {
    const from = at + 1;
    at = from + (bytes[at] ?? 0);
    return Uint8Array.from(bytes.subarray(from, at));
  };
  while (at < bytes.length) {
    const mechanism = scramMechanisms[bytes[at] ?? 0];
    const iterations = bytes.readUInt32BE(at + 1);
    at += headBytes;
    const credential = { iterations, salt: takePart(), storedKey: takePart(), serverKey: takePart() };
    if (mechanism) credentials.push({ mechanism, ...credential });
  }
  return credentials;
}

const headBytes = 5;

/** What is longer than this is no credential of ours. */
export const partBytesAtMost = 255;

function pack({ mechanism, iterations, salt, storedKey, serverKey }: ScramCredential): string {
  const head = Buffer.alloc(headBytes);
  head[0] = scramMechanisms.indexOf(mechanism);
  head.writeUInt32BE(iterations, 1);
  const parts = [salt, storedKey, serverKey].flatMap((part) => [Buffer.of(part.length), part]);
  return Buffer.concat([head, ...parts]).toString("latin1");
}
