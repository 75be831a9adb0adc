/**
 * Keys and JWTs of NATS' decentralised sign-in, as nats-server 2.9 and later read them. An operator signs accounts, an
 * account or a key that stands in for it signs users. Seeds and tokens are text; nothing is read or written here.
 */
import { createHash } from "node:crypto";
import {
  type Account,
  type ClaimsData,
  createAccount,
  createOperator,
  createUser,
  decode,
  type Export,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
  fromSeed,
  type Import,
  type KeyPair,
  newScopedSigner,
  type OperatorLimits,
  type SigningKeys,
} from "@nats-io/jwt";
import type { NatsUser } from "./permissions.ts";

export type { Export, Import };

/** Revoked are the JWTs of a user (its public key) that were made until then, in seconds of Unix time. */
export type Revocations = Readonly<Record<string, number>>;

/** Revoked until then is whatever JWT a user has: no key of a user gets a second one, and a clock may have dated the first ahead. */
export const forGood = Date.UTC(9999, 11, 31) / 1000;

export type AccountContent = {
  readonly name: string;
  readonly limits: OperatorLimits;
  readonly signingKeys?: SigningKeys;
  readonly exports?: readonly Export[];
  readonly imports?: readonly Import[];
  readonly revocations?: Revocations;
  readonly tags?: readonly string[];
};

const makers = { operator: createOperator, account: createAccount, user: createUser } as const;

/** A new private key, as its seed. */
export function newSeed(kind: keyof typeof makers): string {
  return new TextDecoder().decode(makers[kind]().getSeed());
}

export function publicKeyOf(seed: string): string {
  return keyOf(seed).getPublicKey();
}

export function operatorJwt(name: string, operatorSeed: string, systemAccount: string): Promise<string> {
  return encodeOperator(name, keyOf(operatorSeed), { system_account: systemAccount });
}

/**
 * `before`: what servers and files may have of this account. The new one is later than each of them, by the second in which JWTs
 * are dated: of two of one second a server that starts takes the one of its configuration, whichever was made first. That second
 * may be yet to come, where `before` is of this one or a clock was ahead: servers don't mind.
 */
export async function accountJwt(
  accountKey: string,
  operatorSeed: string,
  content: AccountContent,
  before: readonly (string | undefined)[],
): Promise<string> {
  const signer = keyOf(operatorSeed);
  const jwt = await encodeAccount(content.name, accountKey, accountClaims(content), { signer });
  const seconds = before.flatMap((each) => (each === undefined ? [] : [readAccount(each).issuedAt]));
  const earliest = Math.max(0, ...seconds) + 1;
  return readAccount(jwt).issuedAt >= earliest ? jwt : datedAs(jwt, earliest, signer);
}

/** Whether a JWT says just that: then it need not be made anew, and what is newer elsewhere stays the newer one. */
export function saysTheSame(jwt: string, content: AccountContent): boolean {
  const { name, nats } = decode<Account>(jwt);
  const { type, version, ...said } = nats;
  return name === content.name && canonical(said) === canonical(accountClaims(content));
}

/** When it was made, in seconds of Unix time, and whom it revokes. Throws where it is no JWT. */
export function readAccount(jwt: string): {
  readonly name: string;
  readonly key: string;
  readonly issuedAt: number;
  readonly revocations: Revocations;
  readonly tags: readonly string[];
} {
  const { name, sub, iat, nats } = decode<Account>(jwt.trim());
  return { name, key: sub, issuedAt: iat, revocations: nats.revocations ?? {}, tags: nats.tags ?? [] };
}

/** What users signed by that key may do: the server looks it up in the account, so it follows the account's JWT. */
export function scopedKey(seed: string, user: NatsUser): SigningKeys[number] {
  const { name, publish, subscribe, answers } = user;
  return newScopedSigner(publicKeyOf(seed), name, {
    pub: { allow: [...publish] },
    sub: { allow: [...subscribe] },
    ...(answers ? { resp: { max: 1, ttl: 30_000_000_000 } } : {}),
  });
}

export type Credentials = { readonly user: string; readonly creds: string };

/** A user whose rights are those of the key that signs it. */
export async function scopedUser(name: string, signingSeed: string, account: string): Promise<Credentials> {
  const key = createUser();
  const jwt = await encodeUser(name, key, keyOf(signingSeed), { issuer_account: account }, { scopedUser: true });
  return { user: key.getPublicKey(), creds: text(fmtCreds(jwt, key)) };
}

/** A user that may do in its account what it likes. */
export async function accountUser(name: string, accountSeed: string): Promise<Credentials> {
  const key = createUser();
  const jwt = await encodeUser(name, key, keyOf(accountSeed));
  return { user: key.getPublicKey(), creds: text(fmtCreds(jwt, key)) };
}

/** Of a creds file: whose it is and who signed it. Throws where it is none. */
export function readCreds(creds: string): { readonly name: string; readonly user: string; readonly signer: string } {
  const jwt = /-+BEGIN NATS USER JWT-+\s+(\S+)/.exec(creds)?.[1];
  if (jwt === undefined) throw new Error("expected a creds file, found none");
  const claims: ClaimsData<unknown> = decode(jwt);
  return { name: claims.name, user: claims.sub, signer: claims.iss };
}

function accountClaims({ limits, signingKeys, exports, imports, tags, revocations = {} }: AccountContent): Account {
  const claims = {
    limits,
    ...(signingKeys ? { signing_keys: signingKeys } : {}),
    ...(exports ? { exports: [...exports] } : {}),
    ...(imports ? { imports: [...imports] } : {}),
    ...(tags ? { tags: [...tags] } : {}),
    ...(Object.keys(revocations).length > 0 ? { revocations: { ...revocations } } : {}),
  };
  // The library adds type and version itself.
  return claims as Account;
}

/** The same as of another second: the library knows the present one only. */
function datedAs(jwt: string, iat: number, signer: KeyPair): string {
  const { jti: _, ...claims } = decode<Account>(jwt);
  const dated = { ...claims, iat };
  const jti = createHash("sha512").update(JSON.stringify(dated)).digest("base64");
  const body = Buffer.from(JSON.stringify({ ...dated, jti })).toString("base64url");
  const signed = Buffer.from(`${jwt.split(".")[0]}.${body}`);
  return `${signed}.${Buffer.from(signer.sign(signed)).toString("base64url")}`;
}

function keyOf(seed: string): KeyPair {
  return fromSeed(new TextEncoder().encode(seed.trim()));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
