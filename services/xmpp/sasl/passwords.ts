import { randomBytes } from "node:crypto";
import type { Clock } from "@veche/kit/clock.ts";
import type { SaslCondition } from "../codec/rfc6120-stream.ts";
import { BruteForce, type BruteForceRules } from "../domain/brute-force.ts";
import {
  decoyCredential,
  defaultIterations,
  preparePassword,
  type ScramCredential,
  type ScramMechanism,
  verifyPassword,
} from "../domain/scram.ts";
import type { Identity } from "../stream/identity.ts";
import { failed, type Reply } from "./exchange.ts";

/** Somebody with a password, whatever kind of user it is. */
export type Holder = {
  readonly name: string;
  readonly credentials: readonly ScramCredential[];
  readonly isDisabled: boolean;
  readonly identity: Identity;
};

/** Who is asked for at which host, and from where. */
export type Asked = { readonly name: string; readonly domain: string; readonly address: string };

export type HolderLookup = (domain: string, name: string) => Holder | undefined;

/**
 * Looks passwords up and at them, so that nobody learns who has an account: names that are not there get a salt of their
 * own and cost the same work, and a disabled account says so only to who knows its password.
 */
export class Passwords {
  readonly #find: HolderLookup;
  readonly #clock: Clock;
  readonly #bruteForce: BruteForce;
  readonly #secret: Uint8Array;

  constructor(find: HolderLookup, clock: Clock, rules: BruteForceRules, secret: Uint8Array = randomBytes(32)) {
    this.#find = find;
    this.#clock = clock;
    this.#bruteForce = new BruteForce(rules);
    this.#secret = secret;
  }

  /** The credential of a name, or one that looks like it. */
  async credentialOf({ name, domain }: Asked, mechanism: ScramMechanism): Promise<ScramCredential> {
    const decoy = await decoyCredential(mechanism, `${name}@${domain}`, this.#secret, defaultIterations[mechanism]);
    const held = this.#find(domain, name)?.credentials.find((credential) => credential.mechanism === mechanism);
    return held ?? decoy;
  }

  async verifyPlain(asked: Asked, password: string): Promise<Reply> {
    const prepared = preparePassword(password);
    return this.judge(asked, async () => {
      const held = this.#find(asked.domain, asked.name)?.credentials[0];
      const credential = held ?? (await this.credentialOf(asked, "SCRAM-SHA-256"));
      return (await verifyPassword(credential, prepared ?? "")) && prepared !== undefined;
    });
  }

  /** Answers for `isRight`, late where it has to be. `data` goes out with success. */
  async judge(asked: Asked, isRight: () => Promise<boolean>, data?: () => Promise<string>): Promise<Reply> {
    const key = `${asked.name}@${asked.domain}`;
    if (!this.#bruteForce.begin(key, asked.address, this.#clock.now())) {
      return failed("temporary-auth-failure", "too many attempts; try again later");
    }
    const holder = this.#find(asked.domain, asked.name);
    if (!(await isRight()) || !holder) return this.#wrong(key, asked.address);
    this.#bruteForce.succeeded(key, asked.address, this.#clock.now());
    if (holder.isDisabled) return failed("account-disabled");
    const who = { username: holder.name, identity: holder.identity, mayOnlyResume: false };
    return { type: "done", who, ...(data ? { data: await data() } : {}) };
  }

  async #wrong(key: string, address: string): Promise<Reply> {
    const condition: SaslCondition = "not-authorized";
    const delayMs = this.#bruteForce.delayMs(key, address, this.#clock.now());
    if (delayMs > 0) await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve));
    return failed(condition);
  }
}
