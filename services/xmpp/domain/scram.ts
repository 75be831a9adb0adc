/** What is kept of a password, and how names and passwords are compared: RFC 5802, RFC 7677, RFC 8265. */

export const scramMechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-1"] as const;
export type ScramMechanism = (typeof scramMechanisms)[number];

/** What is kept of a password (RFC 5802 section 3). */
export type ScramCredential = {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/**
 * The client does this work at every sign-in, and strophe does SHA-1 in JavaScript on whatever phone a pupil has: the
 * 600,000 that OWASP names would be many seconds there. RFC 7677 asks for 4,096 at least. What a stolen record then
 * lacks in work, passwords that are given out make up by being long and random.
 */
export const defaultIterations: Readonly<Record<ScramMechanism, number>> = {
  "SCRAM-SHA-256": 20_000,
  "SCRAM-SHA-1": 10_000,
};

/** A record may ask no more of the server than this. */
export const maxIterations = 1_000_000;

const saltBytes = 16;
const hashOf = { "SCRAM-SHA-256": "SHA-256", "SCRAM-SHA-1": "SHA-1" } as const;
const hashBytes = { "SCRAM-SHA-256": 32, "SCRAM-SHA-1": 20 } as const;

/** The password is taken as it is: give it prepared. */
export async function deriveCredential(
  mechanism: ScramMechanism,
  password: string,
  options: { readonly iterations?: number; readonly salt?: Uint8Array } = {},
): Promise<ScramCredential> {
  const iterations = options.iterations ?? defaultIterations[mechanism];
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > maxIterations) {
    throw new RangeError(`iterations are 1 to ${maxIterations}, found ${iterations}`);
  }
  const salt = options.salt ?? crypto.getRandomValues(new Uint8Array(saltBytes));
  const salted = await saltPassword(mechanism, password, salt, iterations);
  const clientKey = await hmac(mechanism, salted, utf8("Client Key"));
  const storedKey = await digest(mechanism, clientKey);
  const serverKey = await hmac(mechanism, salted, utf8("Server Key"));
  return { mechanism, iterations, salt, storedKey, serverKey };
}

/** Takes the same time whatever is wrong. The password is taken as it is: give it prepared. */
export async function verifyPassword(credential: ScramCredential, password: string): Promise<boolean> {
  const { mechanism, iterations, salt, storedKey } = credential;
  const derived = await deriveCredential(mechanism, password, { iterations, salt });
  return isSame(derived.storedKey, storedKey);
}

/** RFC 5802 section 3: does this proof come from who knows the password? `authMessage` ties it to one exchange. */
export async function verifyProof(
  { mechanism, storedKey }: ScramCredential,
  authMessage: string,
  proof: Uint8Array,
): Promise<boolean> {
  if (proof.length !== hashBytes[mechanism]) return false;
  const signature = await hmac(mechanism, storedKey, utf8(authMessage));
  const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
  return isSame(await digest(mechanism, clientKey), storedKey);
}

/** With this the server shows that it knows the password too. */
export function serverSignature({ mechanism, serverKey }: ScramCredential, authMessage: string): Promise<Uint8Array> {
  return hmac(mechanism, serverKey, utf8(authMessage));
}

/** What a client answers with; for clients of tests. */
export async function clientProof(
  mechanism: ScramMechanism,
  password: string,
  asked: { readonly salt: Uint8Array; readonly iterations: number; readonly authMessage: string },
): Promise<Uint8Array> {
  const salted = await saltPassword(mechanism, password, asked.salt, asked.iterations);
  const clientKey = await hmac(mechanism, salted, utf8("Client Key"));
  const signature = await hmac(mechanism, await digest(mechanism, clientKey), utf8(asked.authMessage));
  return clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
}

/**
 * A credential nobody has, the same each time for a name: who asks for a name that is not there sees what he would see
 * of one that is.
 */
export async function decoyCredential(
  mechanism: ScramMechanism,
  name: string,
  secret: Uint8Array,
  iterations: number,
): Promise<ScramCredential> {
  const salt = (await hmac("SCRAM-SHA-256", secret, utf8(`${mechanism} ${name}`))).slice(0, saltBytes);
  const nobodys = crypto.getRandomValues(new Uint8Array(hashBytes[mechanism]));
  return { mechanism, iterations, salt, storedKey: nobodys, serverKey: nobodys };
}

const refusedInNames = /["&'/:<>@]/u;
const ascii = /^[\x21-\x7e]$/;
const letterOrDigit = /^[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}]$/u;
const ignorable = /^\p{Default_Ignorable_Code_Point}$/u;
const fullOrHalfWidth = /[\uff01-\uffee]/g;
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const leftToRight = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;
const nameBytes = 1_023;

/**
 * The name of an account as it is stored and compared; undefined where it can be none. The profile UsernameCaseMapped
 * of RFC 8265 without what RFC 7622 forbids in an address: width is mapped, case folded, composed (NFC); letters,
 * digits, marks and printable ASCII; of the bidirectional rule only that directions are not mixed.
 */
export function prepareName(name: string): string | undefined {
  const prepared = name
    .replace(fullOrHalfWidth, (character) => character.normalize("NFKC"))
    .toLowerCase()
    .normalize("NFC");
  if (prepared === "" || utf8(prepared).length > nameBytes || refusedInNames.test(prepared)) return undefined;
  for (const character of prepared) if (!mayBeInName(character)) return undefined;
  if (rightToLeft.test(prepared) && leftToRight.test(prepared)) return undefined;
  return prepared;
}

function mayBeInName(character: string): boolean {
  if (ascii.test(character)) return true;
  return letterOrDigit.test(character) && !ignorable.test(character) && character.normalize("NFKC") === character;
}

const spaces = /\p{Zs}/gu;
const refusedInPasswords = /[\p{Cc}\p{Cs}\p{Cn}\p{Co}]/u;
const passwordBytes = 1_024;

/** The password as it is derived from; undefined where it can be none. The profile OpaqueString of RFC 8265. */
export function preparePassword(password: string): string | undefined {
  const prepared = password.replace(spaces, " ").normalize("NFC");
  const isUsable = prepared !== "" && utf8(prepared).length <= passwordBytes && !refusedInPasswords.test(prepared);
  return isUsable ? prepared : undefined;
}

async function saltPassword(mechanism: ScramMechanism, password: string, salt: Uint8Array, iterations: number) {
  const key = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: hashOf[mechanism], salt: plain(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, hashBytes[mechanism] * 8));
}

async function hmac(mechanism: ScramMechanism, secret: Uint8Array, text: Uint8Array<ArrayBuffer>) {
  const algorithm = { name: "HMAC", hash: hashOf[mechanism] };
  const key = await crypto.subtle.importKey("raw", plain(secret), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
}

async function digest(mechanism: ScramMechanism, bytes: Uint8Array) {
  return new Uint8Array(await crypto.subtle.digest(hashOf[mechanism], plain(bytes)));
}

/** Looks at every byte, wherever the first difference is. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** WebCrypto takes no view of shared memory. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
