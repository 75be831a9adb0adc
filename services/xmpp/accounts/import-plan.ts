import type { AccountRole } from "../stream/identity.ts";
import type { AccountRecord } from "./account.ts";
import type { CsvFault, CsvRow } from "./csv.ts";
import {
  type AccountLimits,
  type Checked,
  checkDisplayName,
  checkEmail,
  checkGroup,
  checkName,
  checkPassword,
  checkRole,
  madeNameLength,
} from "./fields.ts";
import { makeUnique, nameFrom } from "./transliteration.ts";

export const existingChoices = ["error", "update", "skip"] as const;
export type Existing = (typeof existingChoices)[number];

export type ImportOptions = {
  /** What happens to accounts that are there already. */
  readonly existing: Existing;
  /** Where a row names none. */
  readonly role: AccountRole;
  readonly group: string;
  /** Accounts that are there get new one-time passwords too. */
  readonly resetPasswords: boolean;
};

/** What is there already. */
export type Present = {
  readonly count: number;
  find(name: string): Pick<AccountRecord, "name" | "displayName" | "group"> | undefined;
  people(): Iterable<Pick<AccountRecord, "name" | "displayName" | "group">>;
};

type Fields = {
  readonly displayName: string;
  readonly email: string;
  readonly role: AccountRole;
  readonly group: string;
};

export type ImportStep = { readonly line: number; readonly name: string } & (
  | { readonly type: "create"; readonly fields: Fields; readonly password: string | undefined }
  | {
      readonly type: "update";
      /** What the row names. */
      readonly fields: Partial<Fields>;
      readonly password: string | undefined;
      readonly isReset: boolean;
    }
  | { readonly type: "skip" }
);

export type ImportPlan =
  | { readonly ok: true; readonly steps: readonly ImportStep[] }
  | { readonly ok: false; readonly faults: readonly CsvFault[] };

const columns = ["name", "display name", "role", "group", "email", "password"] as const;
type Column = (typeof columns)[number];

/** What a table of accounts means, or everything that is wrong with it. Nothing is written. */
export function planImport(
  rows: readonly CsvRow[],
  present: Present,
  options: ImportOptions,
  limits: AccountLimits,
): ImportPlan {
  const [head, ...body] = rows;
  if (!head) return failed({ line: 1, fault: "the file is empty" });
  const header = readHeader(head);
  if ("faults" in header) return failed(...header.faults);
  if (body.length === 0) return failed({ line: head.line, fault: "there is no row below the header" });
  if (body.length > limits.csvRows) {
    const line = body[limits.csvRows]?.line ?? head.line;
    return failed({ line, fault: `a file has ${limits.csvRows} rows at most, found ${body.length}` });
  }
  return new Planner(header.places, present, options, limits).plan(body);
}

function failed(...faults: readonly CsvFault[]): ImportPlan {
  return { ok: false, faults };
}

/** A file without a header may have anything there. */
const headerFaults = 10;

type Places = ReadonlyMap<Column, number>;

function readHeader({ line, fields }: CsvRow): { readonly places: Places } | { readonly faults: readonly CsvFault[] } {
  const places = new Map<Column, number>();
  const faults: CsvFault[] = [];
  for (const [place, field] of fields.entries()) {
    if (faults.length === headerFaults) break;
    const text = field.trim();
    if (text === "") continue;
    const column = columns.find(
      (known) => known === text.toLowerCase().replace(/[\s_-]+/g, " ") || isJoined(known, text),
    );
    if (!column) faults.push({ line, fault: `no column "${text.slice(0, 40)}": columns are ${columns.join(", ")}` });
    else if (places.has(column)) faults.push({ line, fault: `the column "${column}" is there twice` });
    else places.set(column, place);
  }
  if (faults.length === 0 && !places.has("name") && !places.has("display name")) {
    faults.push({ line, fault: 'the first row names the columns; "name" or "display name" has to be among them' });
  }
  return faults.length > 0 ? { faults } : { places };
}

/** "displayName". */
function isJoined(column: Column, text: string): boolean {
  return column.replace(" ", "") === text.toLowerCase();
}

class Planner {
  readonly #places: Places;
  readonly #present: Present;
  readonly #options: ImportOptions;
  readonly #limits: AccountLimits;
  readonly #faults: CsvFault[] = [];
  /** The line each name is from. */
  readonly #taken = new Map<string, number>();
  /** How often each name was made already. */
  readonly #made = new Map<string, number>();
  readonly #byPerson: ReadonlyMap<string, readonly string[]>;

  constructor(places: Places, present: Present, options: ImportOptions, limits: AccountLimits) {
    this.#places = places;
    this.#present = present;
    this.#options = options;
    this.#limits = limits;
    this.#byPerson = groupByPerson(present.people());
  }

  plan(rows: readonly CsvRow[]): ImportPlan {
    // Names that are given go before names that are made.
    for (const row of rows) {
      const given = this.#field(row, "name").trim();
      if (given !== "") this.#takeGiven(row.line, given);
    }
    const steps = rows.flatMap((row) => this.#step(row) ?? []);
    const created = steps.filter(({ type }) => type === "create").length;
    if (this.#present.count + created > this.#limits.inAll) {
      this.#faults.push({
        line: rows[0]?.line ?? 1,
        fault: `with these there would be ${this.#present.count + created} accounts; ${this.#limits.inAll} fit`,
      });
    }
    if (this.#faults.length === 0) return { ok: true, steps };
    return { ok: false, faults: this.#faults.sort((a, b) => a.line - b.line) };
  }

  #takeGiven(line: number, given: string): void {
    const name = checkName(given, this.#limits);
    if (!name.ok) return;
    const earlier = this.#taken.get(name.value);
    if (earlier === undefined) this.#taken.set(name.value, line);
    else this.#faults.push({ line, fault: `the name "${name.value}" is on line ${earlier} too` });
  }

  #step(row: CsvRow): ImportStep | undefined {
    const { line } = row;
    const before = this.#faults.length;
    const displayName = this.#check(line, checkDisplayName(this.#field(row, "display name"), this.#limits));
    const email = this.#check(line, checkEmail(this.#field(row, "email"), this.#limits));
    const group = this.#check(line, checkGroup(this.#field(row, "group"), this.#limits));
    const roleText = this.#field(row, "role").trim();
    const role = roleText === "" ? "" : this.#check(line, checkRole(roleText));
    const name = this.#nameOf(row, displayName ?? "", group ?? "");
    if (name === undefined) return undefined;
    const passwordText = this.#field(row, "password");
    const password =
      passwordText === "" ? undefined : this.#check(line, checkPassword(passwordText, name, this.#limits));
    if (row.fields.slice(this.#width).some((field) => field.trim() !== ""))
      this.#faults.push({ line, fault: "there are more fields than columns" });
    if (this.#faults.length > before) return undefined;
    const given = { displayName: displayName ?? "", email: email ?? "", role: role ?? "", group: group ?? "" } as const;
    return this.#decide(line, name, given, password);
  }

  #decide(
    line: number,
    name: string,
    given: Omit<Fields, "role"> & { readonly role: AccountRole | "" },
    password: string | undefined,
  ): ImportStep | undefined {
    const { existing, role, group, resetPasswords } = this.#options;
    if (!this.#present.find(name)) {
      const fields = { ...given, role: given.role || role, group: given.group || group };
      return { type: "create", line, name, fields, password };
    }
    if (existing === "skip") return { type: "skip", line, name };
    if (existing === "error") {
      this.#faults.push({ line, fault: `there is an account "${name}" already` });
      return undefined;
    }
    const named = Object.fromEntries(
      Object.entries({ ...given, group: given.group || group }).filter(([, v]) => v !== ""),
    );
    return { type: "update", line, name, fields: named, password, isReset: resetPasswords };
  }

  /** The name that is given; that of the account the person has; or one made from the display name. */
  #nameOf(row: CsvRow, displayName: string, rowGroup: string): string | undefined {
    const { line } = row;
    const given = this.#field(row, "name").trim();
    if (given !== "") return this.#check(line, checkName(given, this.#limits));
    if (displayName === "") {
      this.#faults.push({ line, fault: "there is neither a name nor a display name" });
      return undefined;
    }
    const known = this.#byPerson.get(personKey(displayName, rowGroup || this.#options.group)) ?? [];
    const free = known.filter((name) => !this.#taken.has(name));
    if (known.length > 1) {
      const names = known.slice(0, 5).join(", ");
      this.#faults.push({
        line,
        fault: `${known.length} accounts (${names}) have that display name and group: say which in the column "name"`,
      });
      return undefined;
    }
    const name = free[0] ?? this.#make(displayName);
    this.#taken.set(name, line);
    return name;
  }

  #make(displayName: string): string {
    const isTaken = (name: string) => this.#taken.has(name) || this.#present.find(name) !== undefined;
    const made = checkName(nameFrom(displayName, madeNameLength(this.#limits)), this.#limits);
    const base = made.ok ? made.value : "user";
    const number = (this.#made.get(base) ?? 0) + 1;
    this.#made.set(base, number);
    return makeUnique(base, isTaken, number);
  }

  #check<T>(line: number, checked: Checked<T>): T | undefined {
    if (checked.ok) return checked.value;
    this.#faults.push({ line, fault: checked.fault });
    return undefined;
  }

  #field({ fields }: CsvRow, column: Column): string {
    const place = this.#places.get(column);
    return place === undefined ? "" : (fields[place] ?? "");
  }

  get #width(): number {
    return Math.max(...this.#places.values()) + 1;
  }
}

function groupByPerson(people: Iterable<Pick<AccountRecord, "name" | "displayName" | "group">>) {
  const names = new Map<string, string[]>();
  for (const { name, displayName, group } of people) {
    if (displayName === "") continue;
    const key = personKey(displayName, group);
    const same = names.get(key);
    if (same) same.push(name);
    else names.set(key, [name]);
  }
  return names;
}

function personKey(displayName: string, group: string): string {
  return `${displayName.toLowerCase()}\n${group}`;
}
