import { randomBytes } from "node:crypto";
import {
  prepareName,
  type ScramCredential,
  type ScramMechanism,
  serverSignature,
  verifyProof,
} from "../domain/scram.ts";
import { type Exchange, failed, type Reply } from "./exchange.ts";
import type { Asked, Passwords } from "./passwords.ts";
import { isOwn } from "./plain.ts";

type Begun = {
  readonly asked: Asked;
  readonly credential: ScramCredential;
  readonly header: string;
  readonly nonce: string;
  readonly clientFirst: string;
  readonly serverFirst: string;
};

const nonceBytes = 18;
/** Printable ASCII but the comma, as RFC 5802 section 5.1 has it. */
const clientNonce = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;

/** RFC 5802 without channel binding: both sides show that they know the password, and neither says it. */
export class Scram implements Exchange {
  readonly #passwords: Passwords;
  readonly #mechanism: ScramMechanism;
  readonly #domain: string;
  readonly #address: string;
  #begun: Begun | undefined;

  constructor(passwords: Passwords, mechanism: ScramMechanism, domain: string, address: string) {
    this.#passwords = passwords;
    this.#mechanism = mechanism;
    this.#domain = domain;
    this.#address = address;
  }

  async respond(data: string | undefined): Promise<Reply> {
    if (data === undefined) return this.#begun ? failed("malformed-request") : { type: "challenge", data: "" };
    const begun = this.#begun;
    if (!begun) return this.#begin(data);
    // A proof is looked at once: the nonce is used up.
    this.#begun = undefined;
    return this.#finish(begun, data);
  }

  async #begin(message: string): Promise<Reply> {
    const first = readClientFirst(message);
    if (!first) return failed("malformed-request");
    const name = prepareName(first.name);
    if (name === undefined) return failed("not-authorized");
    if (!isOwn(first.authorisation, name, this.#domain)) return failed("invalid-authzid");
    const asked = { name, domain: this.#domain, address: this.#address };
    const credential = await this.#passwords.credentialOf(asked, this.#mechanism);
    const nonce = first.nonce + randomBytes(nonceBytes).toString("base64url");
    const salt = Buffer.from(credential.salt).toString("base64");
    const serverFirst = `r=${nonce},s=${salt},i=${credential.iterations}`;
    this.#begun = { asked, credential, header: first.header, nonce, clientFirst: first.bare, serverFirst };
    return { type: "challenge", data: serverFirst };
  }

  async #finish(begun: Begun, message: string): Promise<Reply> {
    const last = readClientFinal(message);
    if (!last) return failed("malformed-request");
    // A header other than the first one said would be somebody between who took channel binding away.
    const isOurs = last.binding === Buffer.from(begun.header).toString("base64") && last.nonce === begun.nonce;
    const authMessage = `${begun.clientFirst},${begun.serverFirst},${last.withoutProof}`;
    return this.#passwords.judge(
      begun.asked,
      async () => (await verifyProof(begun.credential, authMessage, last.proof)) && isOurs,
      async () => `v=${Buffer.from(await serverSignature(begun.credential, authMessage)).toString("base64")}`,
    );
  }
}

type ClientFirst = {
  readonly header: string;
  readonly authorisation: string;
  readonly bare: string;
  readonly name: string;
  readonly nonce: string;
};

/** `n,a=other,n=name,r=nonce`; undefined too where the client insists on channel binding or an extension. */
function readClientFirst(message: string): ClientFirst | undefined {
  const [, header, authorisation = "", bare = ""] = /^([ny],(?:a=([^,]+))?,)(.*)$/s.exec(message) ?? [];
  if (header === undefined) return undefined;
  const [, name, nonce = ""] = /^n=([^,]+),r=([^,]+)(?:,[A-Za-z]=[^,]+)*$/.exec(bare) ?? [];
  if (name === undefined || !clientNonce.test(nonce)) return undefined;
  const [plainName, plainAuthorisation] = [unescapeName(name), unescapeName(authorisation)];
  if (plainName === undefined || plainAuthorisation === undefined) return undefined;
  return { header, authorisation: plainAuthorisation, bare, name: plainName, nonce };
}

function unescapeName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function readClientFinal(message: string) {
  const [, withoutProof, binding, nonce, proof] =
    /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[A-Za-z]=[^,]+)*),p=([A-Za-z0-9+/=]+)$/.exec(message) ?? [];
  if (withoutProof === undefined || proof === undefined) return undefined;
  return { withoutProof, binding, nonce, proof: new Uint8Array(Buffer.from(proof, "base64")) };
}
