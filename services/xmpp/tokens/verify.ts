/** The only place that knows jose: signatures of tokens (RFC 7515). */
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";

export type Algorithm = "HS256" | "RS256" | "ES256";

/** A key, and the one algorithm it is for: what a token says of its algorithm never chooses how a key is used. */
export type TokenKey = { readonly algorithm: Algorithm; readonly key: KeyObject };

export type TokenHeader = { readonly algorithm: string; readonly kid: string };

const rsaBits = 2_048;

/** What the token says of itself; undefined where it is none. */
export function readHeader(token: string): TokenHeader | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { algorithm: typeof alg === "string" ? alg : "", kid: typeof kid === "string" ? kid : "" };
  } catch {
    return undefined;
  }
}

/** What was signed; undefined where the signature is not of one of the keys. */
export async function verifySignature(token: string, keys: readonly TokenKey[]): Promise<unknown> {
  for (const { algorithm, key } of keys) {
    const payload = await payloadOf(token, algorithm, key);
    if (payload !== undefined) return payload;
  }
  return undefined;
}

async function payloadOf(token: string, algorithm: Algorithm, key: KeyObject): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
    return JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
}

export function secretKey(secret: string): TokenKey {
  return { algorithm: "HS256", key: createSecretKey(Buffer.from(secret, "utf8")) };
}

/** A public key or certificate in PEM. Throws where it is none that is of use here. */
export function pemKey(pem: string): TokenKey {
  // createPublicKey would make the public key of a private one: then somebody handed out the wrong file.
  if (/PRIVATE KEY/.test(pem)) throw new TypeError("expected a public key, found a private one");
  return publicKey(createPublicKey({ key: pem, format: "pem" }));
}

/** Keys of a set (RFC 7517), by kid; those for other uses are left out. */
export function jwksKeys(text: string, maxKeys: number): ReadonlyMap<string, readonly TokenKey[]> {
  const set: unknown = JSON.parse(text);
  const listed = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(listed)) throw new TypeError('expected a key set: {"keys": […]}');
  const keys = new Map<string, TokenKey[]>();
  for (const jwk of listed.slice(0, maxKeys)) {
    const key = jwkKey(jwk);
    if (!key) continue;
    const kid = isObject(jwk) && typeof jwk.kid === "string" ? jwk.kid : "";
    keys.set(kid, [...(keys.get(kid) ?? []), key]);
  }
  return keys;
}

function jwkKey(jwk: unknown): TokenKey | undefined {
  if (!isObject(jwk) || (jwk.kty !== "RSA" && jwk.kty !== "EC") || jwk.use === "enc" || "d" in jwk) return undefined;
  try {
    return publicKey(createPublicKey({ key: jwk, format: "jwk" }));
  } catch {
    return undefined;
  }
}

function publicKey(key: KeyObject): TokenKey {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa" && modulusLength >= rsaBits) return { algorithm: "RS256", key };
  if (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1") return { algorithm: "ES256", key };
  throw new TypeError(`expected an RSA key of ${rsaBits} bits or more, or one of P-256`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
