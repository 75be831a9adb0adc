import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";

/** Flattened JSON serialization (RFC 7515, 7.2.2): the body of every request to an ACME server (RFC 8555, 6.2). */
export type Jws = { readonly protected: string; readonly payload: string; readonly signature: string };

type Jwk = { readonly crv: string; readonly kty: string; readonly x: string; readonly y: string };

/** What an authority gives out beforehand to people it knows: external account binding (RFC 8555, 7.3.4). */
export type ExternalAccount = {
  readonly keyId: string;
  /** base64url, as authorities show it. */
  readonly hmacKey: string;
};

/** The key that is the account at an authority: ECDSA P-256. */
export class AccountKey {
  readonly pem: string;
  readonly jwk: Jwk;
  readonly #key: KeyObject;

  static create(): AccountKey {
    return new AccountKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
  }

  /** Throws where it is no such key. */
  static read(pem: string): AccountKey {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("expected an ECDSA P-256 private key");
    return new AccountKey(key);
  }

  private constructor(key: KeyObject) {
    this.#key = key;
    this.pem = key.export({ format: "pem", type: "pkcs8" }).toString();
    const { crv = "", kty = "", x = "", y = "" } = createPublicKey(key).export({ format: "jwk" });
    this.jwk = { crv, kty, x, y };
  }

  /** RFC 7638: of the JWK with its members in the order of the alphabet. */
  get thumbprint(): string {
    return createHash("sha256").update(JSON.stringify(this.jwk)).digest("base64url");
  }

  /** An empty payload asks for a resource (POST-as-GET). */
  sign(header: Readonly<Record<string, unknown>>, payload: unknown): Jws {
    const parts = encode({ alg: "ES256", ...header }, payload === "" ? "" : JSON.stringify(payload));
    const key = { key: this.#key, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(`${parts.protected}.${parts.payload}`), key);
    return { ...parts, signature: signature.toString("base64url") };
  }

  /** Says in the external account's name that this key is its own. */
  bindTo({ keyId, hmacKey }: ExternalAccount, url: string): Jws {
    const parts = encode({ alg: "HS256", kid: keyId, url }, JSON.stringify(this.jwk));
    const mac = createHmac("sha256", Buffer.from(hmacKey, "base64url")).update(`${parts.protected}.${parts.payload}`);
    return { ...parts, signature: mac.digest("base64url") };
  }
}

function encode(header: object, payload: string): Omit<Jws, "signature"> {
  return {
    protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
    payload: Buffer.from(payload).toString("base64url"),
  };
}
