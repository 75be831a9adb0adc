import type { AccountRecord } from "../accounts/account.ts";
import type { AccountDirectory, NewPassword } from "../accounts/directory.ts";
import * as check from "../accounts/fields.ts";
import { makeUnique, nameFrom } from "../accounts/transliteration.ts";
import { type Answer, ApiError } from "./answer.ts";
import { type JsonFields, readJson } from "./body.ts";
import type { Call } from "./call.ts";
import type { ApiLimits } from "./limits.ts";
import { keepPassword, makeOneTimePassword } from "./passwords.ts";

export type UsersGiven = {
  readonly accounts: AccountDirectory;
  readonly limits: { readonly accounts: check.AccountLimits; readonly api: ApiLimits };
};

/** An account as the API shows it. */
export function describeAccount(account: AccountRecord) {
  const { name, displayName, email, role, group, revision } = account;
  return {
    name,
    displayName,
    email,
    role,
    group,
    disabled: account.isDisabled,
    oneTimePassword: account.isOneTimePassword,
    created: new Date(account.createdMs).toISOString(),
    changed: new Date(account.changedMs).toISOString(),
    revision,
  };
}

/** Accounts: listed, made, changed, removed. */
export class Users {
  readonly #accounts: AccountDirectory;
  readonly #limits: UsersGiven["limits"];

  constructor({ accounts, limits }: UsersGiven) {
    this.#accounts = accounts;
    this.#limits = limits;
  }

  list({ query }: Call): Answer {
    const { pageSize } = this.#limits.api;
    const role = query.text("role");
    const filter = {
      role: role === undefined ? undefined : query.checked("role", check.checkRole(role)),
      group: query.text("group"),
      text: query.text("text"),
    };
    const page = { after: query.text("after") ?? "", limit: query.integer("limit", pageSize) ?? pageSize };
    query.done();
    const { accounts, total, next } = this.#accounts.list(filter, page);
    return { status: 200, body: { users: accounts.map(describeAccount), total, ...(next ? { next } : {}) } };
  }

  get({ name }: Call): Answer {
    return shown(200, this.#find(name));
  }

  async create({ request }: Call): Promise<Answer> {
    const { accounts: limits, api } = this.#limits;
    const body = await readJson(request, api.bodyBytes);
    const fields = this.#fields(body);
    const name = body.text("name", (text) => check.checkName(text, limits)) ?? this.#nameFrom(fields.displayName ?? "");
    if (name === undefined) body.fault("name: give it, or a displayName to make it from");
    const given = body.text("password", (text) => check.checkPassword(text, name ?? "", limits));
    const isOneTime = body.flag("oneTimePassword") ?? false;
    body.done();
    const made = given === undefined ? await makeOneTimePassword() : undefined;
    const password = made?.kept ?? (await keepPassword(given ?? "", isOneTime));
    const { displayName = "", email = "", role = "pupil", group = "" } = fields;
    const account = await this.#accounts.add({ name: name ?? "", displayName, email, role, group, password });
    return shown(201, account, made?.text, { Location: `/api/v1/users/${encodeURIComponent(account.name)}` });
  }

  async change({ request, name }: Call): Promise<Answer> {
    const { accounts: limits, api } = this.#limits;
    const body = await readJson(request, api.bodyBytes);
    const fields = this.#fields(body);
    const isDisabled = body.flag("disabled");
    const given = body.text("password", (text) => check.checkPassword(text, name, limits));
    const isOneTime = body.flag("oneTimePassword");
    const isGenerated = body.flag("generatePassword") ?? false;
    if (isOneTime !== undefined && given === undefined) body.fault("oneTimePassword: only together with a password");
    if (isGenerated && given !== undefined) body.fault("generatePassword: not together with a password");
    body.done();
    const revision = revisionOf(request.headers["if-match"]);
    this.#find(name);
    const made = isGenerated ? await makeOneTimePassword() : undefined;
    const kept = given === undefined ? made?.kept : await keepPassword(given, isOneTime ?? false);
    const password = kept && { ...kept, isByOwner: false };
    const account = await this.#accounts.change(name, { ...fields, isDisabled, password }, { revision });
    return shown(200, account, made?.text);
  }

  async remove({ name }: Call): Promise<Answer> {
    await this.#accounts.remove(name);
    return { status: 204 };
  }

  async signOut({ name }: Call): Promise<Answer> {
    await this.#accounts.change(name, { signOut: true });
    return { status: 204 };
  }

  me({ asker }: Call): Answer {
    return shown(200, ownerOf(asker));
  }

  async changeOwnPassword({ request, asker }: Call): Promise<Answer> {
    const { name } = ownerOf(asker);
    const { accounts: limits, api } = this.#limits;
    const body = await readJson(request, api.bodyBytes);
    const given = body.text("password", (text) => check.checkPassword(text, name, limits));
    if (given === undefined) body.fault("password: give the new one");
    body.done();
    const kept: NewPassword = await keepPassword(given ?? "", false);
    await this.#accounts.change(name, { password: { ...kept, isByOwner: true } });
    return { status: 204 };
  }

  #fields(body: JsonFields) {
    const limits = this.#limits.accounts;
    return {
      displayName: body.text("displayName", (text) => check.checkDisplayName(text, limits)),
      email: body.text("email", (text) => check.checkEmail(text, limits)),
      role: body.text("role", check.checkRole),
      group: body.text("group", (text) => check.checkGroup(text, limits)),
    };
  }

  #nameFrom(displayName: string): string | undefined {
    if (displayName === "") return undefined;
    const limits = this.#limits.accounts;
    const made = check.checkName(nameFrom(displayName, check.madeNameLength(limits)), limits);
    return makeUnique(made.ok ? made.value : "user", (name) => this.#accounts.find(name) !== undefined);
  }

  #find(name: string): AccountRecord {
    const account = this.#accounts.find(name);
    if (account) return account;
    throw new ApiError("not-found", `there is no account "${name}"`);
  }
}

function ownerOf(asker: Call["asker"]): AccountRecord {
  if (asker.type === "account") return asker.account;
  throw new ApiError("permission-denied", "a token is nobody's account");
}

/** The revision is the entity tag; `password` is what was made, told this once. */
function shown(status: number, account: AccountRecord, password?: string, headers = {}): Answer {
  const body = { user: describeAccount(account), ...(password === undefined ? {} : { password }) };
  return { status, body, headers: { ETag: `"${account.revision}"`, ...headers } };
}

function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const [, digits] = /^"(\d{1,15})"$/.exec(ifMatch.trim()) ?? [];
  if (digits === undefined) throw new ApiError("invalid-argument", 'If-Match: expected a revision like "17"');
  return Number(digits);
}
