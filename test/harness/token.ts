/** Tokens as a site of somebody else's issues them: JSON Web Tokens with HS256 (RFC 7519). */
import { createHmac } from "node:crypto";

export type Claims = {
  readonly room?: string;
  readonly sub?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly moderator?: boolean;
  readonly context?: { readonly user?: { readonly id?: string; readonly name?: string; readonly moderator?: boolean } };
};

export type Issuer = { readonly appId: string; readonly secret: string };

/** Settings of a server that believes the issuer. */
export function settingsOf({ appId, secret }: Issuer): Readonly<Record<string, string>> {
  return { AUTH_TYPE: "jwt", ENABLE_AUTH: "1", JWT_APP_ID: appId, JWT_APP_SECRET: secret, JWT_ALLOW_EMPTY: "1" };
}

export function tokenOf({ appId, secret }: Issuer, claims: Claims): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const payload = { iss: appId, aud: appId, sub: "*", room: "*", exp, ...claims };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
