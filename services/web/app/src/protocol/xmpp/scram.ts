// RFC 5802 and RFC 7677: proves that one knows a password without showing it. The browser's own cryptography does the work.
import { fromBase64, toBase64, toBytes } from "./base64.ts";

export interface Credentials {
  readonly name: string;
  readonly password: string;
  /** A program has it, nobody types it: a line that is lost is no reason to give up. */
  readonly isKept?: boolean;
}

export type ScramHash = "SHA-256" | "SHA-1";

/** A server may ask for much work, but not for the page to stand still. */
const MAX_ITERATIONS = 1_000_000;
const HEADER = "n,,";

/** RFC 8265, OpaqueString: two keyboards may write one password differently. */
export function preparePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

/** One exchange: what is said first, what is answered, and whether the server proved to know the password too. */
export class Scram {
  readonly #hash: ScramHash;
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #serverSignature = "";

  constructor(hash: ScramHash, { name, password }: Credentials, nonce = newNonce()) {
    this.#hash = hash;
    this.#password = preparePassword(password);
    this.#nonce = nonce;
    this.#bare = `n=${name.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  }

  first(): string {
    return HEADER + this.#bare;
  }

  /** Rejects when the server's challenge is none. */
  async answer(challenge: string): Promise<string> {
    const { r: nonce = "", s: salt = "", i = "" } = attributesOf(challenge);
    const iterations = Number(i);
    const isSound = nonce.startsWith(this.#nonce) && nonce.length > this.#nonce.length && salt !== "";
    if (!isSound || !Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS)
      throw new Error("the server's challenge makes no sense");
    const salted = await this.#salt(fromBase64(salt), iterations);
    const withoutProof = `c=${toBase64(HEADER)},r=${nonce}`;
    const authMessage = toBytes(`${this.#bare},${challenge},${withoutProof}`);
    const clientKey = await this.#hmac(salted, toBytes("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest(this.#hash, clientKey));
    const signature = await this.#hmac(storedKey, authMessage);
    const serverKey = await this.#hmac(salted, toBytes("Server Key"));
    this.#serverSignature = toBase64(await this.#hmac(serverKey, authMessage));
    return `${withoutProof},p=${toBase64(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))}`;
  }

  isProofOfServer(final: string): boolean {
    return this.#serverSignature !== "" && attributesOf(final).v === this.#serverSignature;
  }

  async #salt(salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<Uint8Array<ArrayBuffer>> {
    const key = await crypto.subtle.importKey("raw", toBytes(this.#password), "PBKDF2", false, ["deriveBits"]);
    const bits = this.#hash === "SHA-256" ? 256 : 160;
    const derived = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: this.#hash, salt, iterations }, key, bits);
    return new Uint8Array(derived);
  }

  async #hmac(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: this.#hash }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  }
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}

function newNonce(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(18)));
}
