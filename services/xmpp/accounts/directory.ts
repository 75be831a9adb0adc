import type { Bucket, BucketChange, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { AccountSchema } from "@veche/proto/gen/veche/xmpp/v1/accounts_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { ScramCredential } from "../domain/scram.ts";
import type { AccountRole } from "../stream/identity.ts";
import type { AccountLookup, AccountRecord } from "./account.ts";
import { accountKey, accountMessage, type HeldAccount, hold, nameOfKey, readAccount, unhold } from "./stored.ts";

export type NewPassword = {
  readonly credentials: readonly ScramCredential[];
  readonly isOneTime: boolean;
};

export type NewAccount = {
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: AccountRole;
  readonly group: string;
  readonly password: NewPassword;
};

/** What is left out stays. */
export type AccountChange = {
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: AccountRole | undefined;
  readonly group?: string | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly password?: (NewPassword & { readonly isByOwner: boolean }) | undefined;
  /** Streams and logins end. */
  readonly signOut?: boolean | undefined;
};

export type AccountFilter = {
  readonly role?: AccountRole | undefined;
  readonly group?: string | undefined;
  /** Part of a name, display name, mail address or group. */
  readonly text?: string | undefined;
};

export type AccountPage = {
  readonly accounts: readonly AccountRecord[];
  /** How many match in all. */
  readonly total: number;
  /** The name to go on after; undefined where this was the last page. */
  readonly next: string | undefined;
};

type Given = { readonly clock: Clock; readonly log: Log; readonly limits: { readonly inAll: number } };

const attempts = 5;
/** How long a removal waits to be seen by the watch. */
const seenMs = 2_000;

/** Everybody who may sign in with a password: the bucket `accounts`, in memory. What any process changes is live at once. */
export class AccountDirectory implements AccountLookup, Disposable {
  readonly #given: Given;
  readonly #bucket: Bucket<typeof AccountSchema>;
  readonly #held = new Map<string, HeldAccount>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #removals = new Map<string, Set<() => void>>();
  #sorted: string[] | undefined;
  #watching: Subscription | undefined;

  private constructor(bucket: Bucket<typeof AccountSchema>, given: Given) {
    this.#bucket = bucket;
    this.#given = given;
  }

  static async open(bus: Bus, given: Given): Promise<AccountDirectory> {
    const directory = new AccountDirectory(await bus.bucket(buckets.accounts, AccountSchema), given);
    directory.#watching = await directory.#bucket.watch((change) => directory.#hear(change));
    return directory;
  }

  get size(): number {
    return this.#held.size;
  }

  find(name: string): AccountRecord | undefined {
    const held = this.#held.get(name);
    return held && unhold(held);
  }

  /** Does somebody who signed in at `sinceMs` still have the right to be there? */
  mayStay(name: string, sinceMs: number): boolean {
    const held = this.#held.get(name);
    return held !== undefined && !held.isDisabled && sinceMs >= held.signedOutMs;
  }

  /** Tells the name of each account whose streams and logins are over: see `mayStay`. */
  onSignedOut(listener: (name: string) => void): Subscription {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  /** In the order of their names. */
  list(filter: AccountFilter, page: { readonly after: string; readonly limit: number }): AccountPage {
    const matches = matcherOf(filter);
    const accounts: AccountRecord[] = [];
    let total = 0;
    let hasMore = false;
    for (const name of this.#names()) {
      const held = this.#held.get(name);
      if (!held || !matches(held)) continue;
      total++;
      if (name <= page.after) continue;
      if (accounts.length < page.limit) accounts.push(unhold(held));
      else hasMore = true;
    }
    return { accounts, total, next: hasMore ? accounts.at(-1)?.name : undefined };
  }

  /** Each account's name, display name and group. */
  people(): Iterable<Pick<AccountRecord, "name" | "displayName" | "group">> {
    return this.#held.values();
  }

  async add({ password, ...fields }: NewAccount): Promise<AccountRecord> {
    const { inAll } = this.#given.limits;
    if (this.#held.size >= inAll)
      throw new VecheError("resource-exhausted", `there are ${inAll} accounts: no more fit`);
    const now = this.#given.clock.now();
    const account = {
      ...fields,
      credentials: password.credentials,
      isOneTimePassword: password.isOneTime,
      isDisabled: false,
      createdMs: now,
      changedMs: now,
      // Somebody else may have had that name.
      signedOutMs: now,
    };
    try {
      const revision = await this.#bucket.create(accountKey(fields.name), accountMessage(account));
      return this.#keep({ ...account, revision });
    } catch (error) {
      if (!hasCode(error, "already-exists")) throw error;
      throw new VecheError("already-exists", `there is an account "${fields.name}" already`, { cause: error });
    }
  }

  /**
   * Of two changes at once the second is made on top of the first. With `revision` it is made only if nobody else has
   * changed the account since.
   */
  async change(name: string, change: AccountChange, options: { readonly revision?: number | undefined } = {}) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(name);
      if (options.revision !== undefined && options.revision !== stored.revision) {
        throw new VecheError("failed-precondition", `account "${name}" was changed by somebody else meanwhile`);
      }
      const account = changed(stored, change, this.#given.clock.now());
      try {
        const revision = await this.#bucket.update(accountKey(name), accountMessage(account), stored.revision);
        return this.#keep({ ...account, revision });
      } catch (error) {
        if (!hasCode(error, "failed-precondition")) throw error;
      }
    }
    throw new VecheError("unavailable", `account "${name}" is being changed by others; try again`);
  }

  /** What was stored of the person before is gone too. */
  async remove(name: string): Promise<void> {
    await this.#read(name);
    const removed = this.#removal(name);
    try {
      await this.#bucket.purge(accountKey(name));
      await removed.seen;
    } finally {
      removed.close();
    }
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
    this.#listeners.clear();
  }

  async #read(name: string): Promise<AccountRecord> {
    const entry = await this.#bucket.get(accountKey(name));
    if (!entry) throw new VecheError("not-found", `there is no account "${name}"`);
    return readAccount(entry.value, entry.revision);
  }

  #removal(name: string) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#removals.get(name) ?? new Set();
    this.#removals.set(name, waiting.add(resolve));
    const timer = this.#given.clock.after(seenMs, resolve);
    const close = () => {
      timer.cancel();
      waiting.delete(resolve);
      if (waiting.size === 0) this.#removals.delete(name);
    };
    return { seen: promise, close };
  }

  #hear({ key, value, revision }: BucketChange<typeof AccountSchema>): void {
    const name = nameOfKey(key);
    if (value === undefined) this.#drop(name, revision);
    else if (value.name === name) this.#keep(readAccount(value, revision));
    else this.#given.log.error({ bucket: buckets.accounts.name, key }, "an account is kept under another's key");
  }

  /** The watch may tell late what this process has long made newer. */
  #keep(account: AccountRecord): AccountRecord {
    const { name } = account;
    const known = this.#held.get(name);
    if (known && known.revision >= account.revision) return account;
    this.#held.set(name, hold(account));
    if (!known) this.#insert(name);
    const isOver = account.isDisabled || account.signedOutMs > (known?.signedOutMs ?? account.signedOutMs);
    if (known && isOver) this.#tell(name);
    return account;
  }

  #drop(name: string, revision: number): void {
    const known = this.#held.get(name);
    if (known && revision > 0 && revision < known.revision) return;
    if (this.#held.delete(name)) {
      this.#sorted?.splice(this.#placeOf(name), 1);
      this.#tell(name);
    }
    for (const seen of this.#removals.get(name) ?? []) seen();
  }

  #tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  #names(): readonly string[] {
    this.#sorted ??= [...this.#held.keys()].sort(byCodeUnits);
    return this.#sorted;
  }

  #insert(name: string): void {
    this.#sorted?.splice(this.#placeOf(name), 0, name);
  }

  #placeOf(name: string): number {
    const names = this.#sorted ?? [];
    let [from, to] = [0, names.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((names[middle] ?? "") < name) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function changed(stored: AccountRecord, change: AccountChange, now: number): Omit<AccountRecord, "revision"> {
  const { password, signOut, ...fields } = change;
  const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const account = {
    ...stored,
    ...named,
    ...(password ? { credentials: password.credentials, isOneTimePassword: password.isOneTime } : {}),
    changedMs: now,
  };
  const losesRights = stored.role !== "pupil" && account.role === "pupil";
  const isShutOut = account.isDisabled && !stored.isDisabled;
  const isOver = signOut === true || losesRights || isShutOut || password?.isByOwner === false;
  return isOver ? { ...account, signedOutMs: Math.max(now, stored.signedOutMs + 1) } : account;
}

function matcherOf({ role, group, text }: AccountFilter): (held: HeldAccount) => boolean {
  const wanted = text?.normalize("NFC").toLowerCase();
  return (held) => {
    if (role !== undefined && held.role !== role) return false;
    if (group !== undefined && held.group !== group) return false;
    if (wanted === undefined || wanted === "" || held.name.includes(wanted)) return true;
    return [held.displayName, held.email, held.group].some((field) => field.toLowerCase().includes(wanted));
  };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hasCode(error: unknown, code: VecheError["code"]): boolean {
  return error instanceof VecheError && error.code === code;
}
