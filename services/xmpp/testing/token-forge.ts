import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export type Header = Readonly<Record<string, unknown>>;
export type Claims = Readonly<Record<string, unknown>>;

export const tokenSecret = "a secret that the page knows as well";
export const tokenEnv = { JWT_APP_ID: "school", JWT_APP_SECRET: tokenSecret };

/** What a school's page says of Zoe. */
export const zoe: Claims = {
  iss: "school",
  aud: "jitsi",
  sub: "*",
  room: "*",
  exp: 4_000_000_000,
  context: {
    user: { id: "u-1", name: "Zoe", email: "zoe@school.example", avatar: "https://school.example/z.png" },
    group: "5a",
  },
};

/** Made by hand: a library would refuse to make most of what attackers make. */
export function tokenOf(claims: Claims, header: Header = {}, secret = tokenSecret): string {
  const input = `${encode({ alg: "HS256", typ: "JWT", ...header })}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export function signedToken(claims: Claims, algorithm: "RS256" | "ES256", key: KeyObject, kid?: string): string {
  const input = `${encode({ alg: algorithm, typ: "JWT", ...(kid === undefined ? {} : { kid }) })}.${encode(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export function rsaKeys() {
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

export function ecKeys() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

export function jwkOf(key: KeyObject, kid: string): object {
  return { ...key.export({ format: "jwk" }), kid };
}
