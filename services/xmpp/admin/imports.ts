import type { AccountRecord } from "../accounts/account.ts";
import { decodeUtf8, readCsv, writeCsvRow } from "../accounts/csv.ts";
import type { AccountDirectory, NewPassword } from "../accounts/directory.ts";
import { type AccountLimits, checkGroup, checkRole } from "../accounts/fields.ts";
import { existingChoices, type ImportOptions, type ImportStep, planImport } from "../accounts/import-plan.ts";
import { type Answer, ApiError } from "./answer.ts";
import { readBytes } from "./body.ts";
import type { Call, Query } from "./call.ts";
import { keepPassword, makeOneTimePassword } from "./passwords.ts";

/** What became of a row. */
export type Imported = {
  readonly line: number;
  readonly name: string;
  readonly displayName: string;
  readonly role: string;
  readonly group: string;
  readonly outcome: "created" | "updated" | "skipped";
  /** Told this once. */
  readonly password?: string;
};

type Given = { readonly accounts: AccountDirectory; readonly limits: AccountLimits };

type Prepared = {
  readonly step: ImportStep;
  readonly text: string | undefined;
  readonly kept: NewPassword | undefined;
};

/** So many passwords are derived, and accounts written, at once: signing in goes on beside it. */
const derivedAtOnce = 2;
const writtenAtOnce = 8;
const faultsShown = 100;

/** A table of accounts: all of it, or nothing. */
export class Imports {
  readonly #accounts: AccountDirectory;
  readonly #limits: AccountLimits;

  constructor({ accounts, limits }: Given) {
    this.#accounts = accounts;
    this.#limits = limits;
  }

  async receive({ request, query }: Call): Promise<Answer> {
    const options = this.#options(query);
    const isDryRun = query.flag("dryRun");
    query.done();
    const bytes = await readBytes(request, "text/csv", this.#limits.csvBytes);
    const steps = this.#plan(bytes, options);
    const rows = isDryRun
      ? steps.map((step) => this.#describe(step, this.#accounts.find(step.name)))
      : await this.#run(steps);
    if (/\btext\/csv\b/i.test(request.headers.accept ?? "")) return { status: 200, csv: writeTable(rows) };
    const count = (outcome: Imported["outcome"]) => rows.filter((row) => row.outcome === outcome).length;
    const counts = { created: count("created"), updated: count("updated"), skipped: count("skipped") };
    return { status: 200, body: { ...counts, users: rows } };
  }

  #options(query: Query): ImportOptions {
    const [role, group] = [query.text("role"), query.text("group")];
    return {
      existing: query.choice("existing", existingChoices) ?? "error",
      role: (role === undefined ? undefined : query.checked("role", checkRole(role))) ?? "pupil",
      group: (group === undefined ? undefined : query.checked("group", checkGroup(group, this.#limits))) ?? "",
      resetPasswords: query.flag("resetPasswords"),
    };
  }

  #plan(bytes: Uint8Array, options: ImportOptions): readonly ImportStep[] {
    const text = decodeUtf8(bytes);
    if (text === undefined) {
      throw new ApiError("invalid-argument", 'the file is not in UTF-8: save it as "CSV UTF-8"');
    }
    const table = readCsv(text);
    const accounts = this.#accounts;
    const present = {
      count: accounts.size,
      find: (name: string) => accounts.find(name),
      people: () => accounts.people(),
    };
    const planned = table.ok
      ? planImport(table.rows, present, options, this.#limits)
      : ({ ok: false, faults: [{ line: table.line, fault: table.fault }] } as const);
    if (planned.ok) return planned.steps;
    const { faults } = planned;
    const count = `${faults.length} ${faults.length === 1 ? "fault" : "faults"}`;
    const shown = faults.slice(0, faultsShown);
    const rest = shown.length < faults.length ? `, the first ${faultsShown} of them` : "";
    throw new ApiError("invalid-argument", `nothing was imported: ${count}${rest}`, { faults: shown });
  }

  async #run(steps: readonly ImportStep[]): Promise<readonly Imported[]> {
    const prepared = await inLanes(steps, derivedAtOnce, prepare);
    const undo: (readonly [name: string, action: () => Promise<unknown>])[] = [];
    try {
      return await inLanes(prepared, writtenAtOnce, async ({ step, text, kept }) => {
        const before = this.#accounts.find(step.name);
        const account = await this.#write(step, kept);
        if (step.type === "create") undo.push([step.name, () => this.#accounts.remove(step.name)]);
        if (step.type === "update" && before) undo.push([step.name, () => this.#restore(before)]);
        return { ...this.#describe(step, account), ...(text === undefined ? {} : { password: text }) };
      });
    } catch (error) {
      throw await this.#takeBack(undo, error);
    }
  }

  async #write(step: ImportStep, password: NewPassword | undefined): Promise<AccountRecord | undefined> {
    const { name } = step;
    if (step.type === "skip") return this.#accounts.find(name);
    if (step.type === "update") {
      const change = password && { password: { ...password, isByOwner: false } };
      return this.#accounts.change(name, { ...step.fields, ...change });
    }
    if (!password) throw new ApiError("internal", `account "${name}" has no password`);
    return this.#accounts.add({ name, ...step.fields, password });
  }

  #restore({ name, displayName, email, role, group, credentials, isOneTimePassword }: AccountRecord) {
    const password = { credentials, isOneTime: isOneTimePassword, isByOwner: true };
    return this.#accounts.change(name, { displayName, email, role, group, password });
  }

  async #takeBack(undo: readonly (readonly [string, () => Promise<unknown>])[], cause: unknown): Promise<unknown> {
    const left: string[] = [];
    await inLanes(undo, writtenAtOnce, ([name, action]) => action().catch(() => left.push(name)));
    if (left.length === 0) return cause;
    const message = `the import failed half-way, and these accounts could not be taken back: ${left.join(", ")}`;
    return new ApiError("unavailable", message, { cause });
  }

  #describe(step: ImportStep, account: AccountRecord | undefined): Imported {
    const outcome = ({ create: "created", update: "updated", skip: "skipped" } as const)[step.type];
    const fields = step.type === "skip" ? {} : step.fields;
    const { displayName = "", role = "", group = "" } = { ...account, ...fields };
    return { line: step.line, name: step.name, displayName, role, group, outcome };
  }
}

async function prepare(step: ImportStep): Promise<Prepared> {
  if (step.type === "skip") return { step, text: undefined, kept: undefined };
  // Passwords of a table have been in many hands.
  if (step.password !== undefined) return { step, text: undefined, kept: await keepPassword(step.password, true) };
  if (step.type === "update" && !step.isReset) return { step, text: undefined, kept: undefined };
  return { step, ...(await makeOneTimePassword()) };
}

/** In order; after the first failure nothing new begins, and what is under way ends before it is told. */
async function inLanes<T, R>(items: readonly T[], lanes: number, action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    while (next < items.length && !failure) {
      const index = next++;
      try {
        results[index] = await action(items[index] as T);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure) throw failure.error;
  return results;
}

export const tableColumns = ["name", "display name", "role", "group", "password"] as const;

/** As an import reads it, so that the table of passwords is a table of accounts again. */
function writeTable(rows: readonly Imported[]): string {
  const lines = rows.map(({ name, displayName, role, group, password = "" }) =>
    writeCsvRow([name, displayName, role, group, password]),
  );
  return [writeCsvRow(tableColumns), ...lines].join("");
}
