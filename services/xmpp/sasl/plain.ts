import { prepareName } from "../domain/scram.ts";
import { type Exchange, failed, type Reply } from "./exchange.ts";
import type { Passwords } from "./passwords.ts";

/** RFC 4616: the password itself, so only over connections that nobody listens to. */
export class Plain implements Exchange {
  readonly #passwords: Passwords;
  readonly #domain: string;
  readonly #address: string;

  constructor(passwords: Passwords, domain: string, address: string) {
    this.#passwords = passwords;
    this.#domain = domain;
    this.#address = address;
  }

  async respond(data: string | undefined): Promise<Reply> {
    if (data === undefined) return { type: "challenge", data: "" };
    const [authorisation, given, password, ...more] = data.split("\0");
    if (given === undefined || given === "" || !password || more.length > 0) return failed("malformed-request");
    const name = prepareName(given);
    if (name === undefined) return failed("not-authorized");
    if (!isOwn(authorisation, name, this.#domain)) return failed("invalid-authzid");
    return this.#passwords.verifyPlain({ name, domain: this.#domain, address: this.#address }, password);
  }
}

/** Nobody acts for somebody else. */
export function isOwn(authorisation: string | undefined, name: string, domain: string): boolean {
  return authorisation === undefined || authorisation === "" || authorisation.toLowerCase() === `${name}@${domain}`;
}
