import { createHash, randomBytes } from "node:crypto";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { AccountDirectory } from "../accounts/directory.ts";
import type { Domains } from "../domains.ts";
import type { Identity } from "../stream/identity.ts";
import type { Session } from "../stream/session.ts";
import { accountIdentity } from "./holders.ts";

/** Somebody signed in on a machine. Who brings the id back from there counts as signed in; only its hash is kept. */
export type Login = {
  readonly hash: string;
  readonly machineUid: string;
  readonly identity: Identity;
  readonly createdMs: number;
  readonly expiresMs: number;
};

type Given = {
  readonly accounts: Pick<AccountDirectory, "find" | "mayStay" | "onSignedOut">;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly lifetimeMs: number;
  readonly perAccount: number;
  /** Undefined: it is no more. */
  readonly keep: (hash: string, login: Login | undefined) => void;
};

const idBytes = 24;
const sweepMs = 10 * 60_000;

export class Logins implements Disposable {
  readonly #given: Given;
  readonly #byHash = new Map<string, Login>();
  readonly #issued = new WeakMap<Session, { readonly id: string; readonly machineUid: string }>();
  readonly #listening: { close(): void };
  readonly #sweeping: Timer;

  constructor(given: Given) {
    this.#given = given;
    this.#listening = given.accounts.onSignedOut((name) => {
      for (const login of this.#of(name)) if (!this.#holds(login)) this.#drop(login);
    });
    this.#sweeping = given.clock.every(sweepMs, () => this.#sweep());
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** Those a process before this one kept. */
  restore(logins: readonly Login[]): void {
    for (const login of logins) this.#byHash.set(login.hash, login);
    this.#sweep();
  }

  /** Returns the id the client brings back. Of many logins of one account the oldest are forgotten. */
  issue(identity: Identity, machineUid: string): string {
    const { clock, lifetimeMs, perAccount, keep } = this.#given;
    const earlier = this.#of(identity.userId);
    for (const login of earlier.slice(0, Math.max(0, earlier.length - perAccount + 1))) this.#drop(login);
    const id = randomBytes(idBytes).toString("base64url");
    const createdMs = clock.now();
    const login = { hash: hashOf(id), machineUid, identity, createdMs, expiresMs: createdMs + lifetimeMs };
    this.#byHash.set(login.hash, login);
    keep(login.hash, login);
    return id;
  }

  /** Who that is by now; undefined where the id is not known, no longer good, or brought from another machine. */
  find(id: string, machineUid: string): Identity | undefined {
    const login = this.#byHash.get(hashOf(id));
    if (!login || login.machineUid !== machineUid) return undefined;
    const account = this.#given.accounts.find(login.identity.userId);
    if (account && this.#holds(login)) return accountIdentity(account, this.#given.domains);
    this.#drop(login);
    return undefined;
  }

  /** The same id as before where the stream asked from the same machine already. */
  issueOnce(session: Session, machineUid: string): string {
    const issued = this.#issued.get(session);
    if (issued?.machineUid === machineUid && this.find(issued.id, machineUid)) return issued.id;
    const id = this.issue(session.identity, machineUid);
    this.#issued.set(session, { id, machineUid });
    return id;
  }

  forget(id: string): void {
    const login = this.#byHash.get(hashOf(id));
    if (login) this.#drop(login);
  }

  [Symbol.dispose](): void {
    this.#listening.close();
    this.#sweeping.cancel();
  }

  #holds({ identity, createdMs, expiresMs }: Login): boolean {
    const { accounts, clock } = this.#given;
    return expiresMs > clock.now() && accounts.mayStay(identity.userId, createdMs);
  }

  /** Of one account, the oldest first. */
  #of(name: string): readonly Login[] {
    const found = [...this.#byHash.values()].filter(({ identity }) => identity.userId === name);
    return found.sort((a, b) => a.createdMs - b.createdMs);
  }

  #sweep(): void {
    for (const login of [...this.#byHash.values()]) if (!this.#holds(login)) this.#drop(login);
  }

  #drop({ hash }: Login): void {
    this.#byHash.delete(hash);
    this.#given.keep(hash, undefined);
  }
}

function hashOf(id: string): string {
  return createHash("sha256").update(id, "utf8").digest("hex");
}
