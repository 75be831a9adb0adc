/**
 * Digest for our requests (RFC 8760: MD5, SHA-256, SHA-512-256). It stands in the place of SIP.js's own, which knows MD5 only,
 * and has its shape.
 */
import { createHash, randomBytes } from "node:crypto";

const algorithms: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-256": "sha256",
  "SHA-512-256": "sha512-256",
};

export type Challenge = {
  readonly algorithm?: string;
  readonly realm?: string;
  readonly nonce?: string;
  readonly opaque?: string;
  readonly qop?: readonly string[] | string;
};

export class Credentials {
  readonly #user: string;
  readonly #password: string;
  #nonce = "";
  /** Requests with that nonce. */
  #count = 0;
  #header = "";

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  /** False: the challenge is none that we answer. */
  authenticate(
    request: { readonly method: string; readonly ruri: { toRaw(): string } },
    challenge: Challenge,
  ): boolean {
    const { realm, nonce, opaque, algorithm = "MD5", qop } = challenge;
    const name = Object.hasOwn(algorithms, algorithm.toUpperCase()) ? algorithms[algorithm.toUpperCase()] : undefined;
    const wantsAuth = qop === undefined ? false : [qop].flat().includes("auth");
    if (!name || !realm || !nonce || (qop !== undefined && !wantsAuth)) return false;
    const hash = (...parts: string[]) => createHash(name).update(parts.join(":")).digest("hex");
    const uri = request.ruri.toRaw();
    const cnonce = randomBytes(8).toString("hex");
    this.#count = nonce === this.#nonce ? this.#count + 1 : 1;
    this.#nonce = nonce;
    const nc = this.#count.toString(16).padStart(8, "0");
    const secret = hash(this.#user, realm, this.#password);
    const asked = hash(request.method, uri);
    const response = wantsAuth ? hash(secret, nonce, nc, cnonce, "auth", asked) : hash(secret, nonce, asked);
    const said = { username: this.#user, realm, nonce, uri, response, ...(opaque ? { opaque } : {}) };
    const quoted = Object.entries(said).map(([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&")}"`);
    const counted = wantsAuth ? [`qop=auth`, `nc=${nc}`, `cnonce="${cnonce}"`] : [];
    this.#header = `Digest ${[...quoted, `algorithm=${algorithm}`, ...counted].join(", ")}`;
    return true;
  }

  /** Value of Authorization or Proxy-Authorization. */
  toString(): string {
    return this.#header;
  }
}
