import { ApiClient, queryOf, type User } from "./api-client.ts";
import { readArguments } from "./arguments.ts";
import { Fault } from "./fault.ts";
import { importFile } from "./import-file.ts";
import { choosePassword } from "./passwords.ts";
import { formatTable } from "./table.ts";

type Command = (args: readonly string[]) => Promise<void>;

export const userCommands: Readonly<Record<string, Command>> = {
  list,
  show,
  add,
  change,
  passwd,
  disable: (args) => setDisabled(args, true),
  enable: (args) => setDisabled(args, false),
  "sign-out": signOut,
  remove,
  import: importFile,
};

const json = { json: { type: "boolean" } } as const;
const text = { type: "string" } as const;
const fields = { "display-name": text, role: text, group: text, email: text } as const;
const passwordOptions = { generate: { type: "boolean" }, "password-stdin": { type: "boolean" } } as const;
const oneName = { least: 1, most: 1, expected: "one name" };

type Answer = { readonly user: User; readonly password?: string };
type Page = { readonly users: readonly User[]; readonly total: number; readonly next?: string };

async function list(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(
    args,
    { ...json, role: text, group: text },
    { least: 0, most: 1, expected: "one text to look for" },
  );
  const client = ApiClient.ofInstallation();
  const users: User[] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const filter = { role: values.role, group: values.group, text: positionals[0], after };
    const page: Page = await client.ask("GET", `/users?${queryOf(filter)}`);
    users.push(...page.users);
    after = page.next;
  }
  if (values.json) return console.log(JSON.stringify(users, undefined, 2));
  if (users.length === 0) return console.log("no accounts");
  console.log(formatTable(["NAME", "DISPLAY NAME", "ROLE", "GROUP", "STATE"], users.map(rowOf)));
}

async function show(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, json, oneName);
  const { user }: Answer = await ApiClient.ofInstallation().ask("GET", pathOf(positionals[0]));
  if (values.json) return console.log(JSON.stringify(user, undefined, 2));
  console.log(
    formatTable(
      ["FIELD", ""],
      Object.entries(user).map(([name, value]) => [name, String(value)]),
    ),
  );
}

async function add(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, { ...json, ...fields, ...passwordOptions }, oneName);
  const client = ApiClient.ofInstallation();
  const chosen = await choosePassword(values);
  const password = chosen.type === "given" ? { password: chosen.password } : {};
  const answer: Answer = await client.ask("POST", "/users", { name: positionals[0], ...fieldsOf(values), ...password });
  report(answer, values.json, `added ${answer.user.name} (${answer.user.role})`);
}

async function change(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, { ...json, ...fields }, oneName);
  const named = fieldsOf(values);
  if (Object.keys(named).length === 0)
    throw new Fault("usage", "say what to change: --display-name, --role, --group, --email");
  const answer: Answer = await ApiClient.ofInstallation().ask("PATCH", pathOf(positionals[0]), named);
  report(answer, values.json, `changed ${answer.user.name}`);
}

async function passwd(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, { ...json, ...passwordOptions }, oneName);
  const client = ApiClient.ofInstallation();
  await client.ask("GET", pathOf(positionals[0]));
  const chosen = await choosePassword(values);
  const body = chosen.type === "given" ? { password: chosen.password } : { generatePassword: true };
  const answer: Answer = await client.ask("PATCH", pathOf(positionals[0]), body);
  report(answer, values.json, `${answer.user.name} has a new password`);
}

async function setDisabled(args: readonly string[], disabled: boolean): Promise<void> {
  const { values, positionals } = readArguments(args, json, oneName);
  const answer: Answer = await ApiClient.ofInstallation().ask("PATCH", pathOf(positionals[0]), { disabled });
  report(answer, values.json, `${answer.user.name} is ${disabled ? "disabled" : "enabled"}`);
}

async function signOut(args: readonly string[]): Promise<void> {
  const { positionals } = readArguments(args, {}, oneName);
  await ApiClient.ofInstallation().ask("POST", `${pathOf(positionals[0])}/sign-out`);
  console.log(`${positionals[0]} is signed out`);
}

/** Every name is looked up before the first is removed. */
async function remove(args: readonly string[]): Promise<void> {
  const { positionals } = readArguments(args, {}, { least: 1, most: 1_000, expected: "the names to remove" });
  const client = ApiClient.ofInstallation();
  for (const name of positionals) await client.ask("GET", pathOf(name));
  for (const name of positionals) {
    await client.ask("DELETE", pathOf(name));
    console.log(`removed ${name}`);
  }
}

function report(answer: Answer, isJson: boolean | undefined, sentence: string): void {
  console.log(isJson ? JSON.stringify(answer, undefined, 2) : sentence);
  if (!isJson && answer.password !== undefined) console.log(`one-time password, shown this once: ${answer.password}`);
}

function rowOf({ name, displayName, role, group, disabled, oneTimePassword }: User): string[] {
  const state = [disabled ? "disabled" : "", oneTimePassword ? "one-time password" : ""];
  return [name, displayName, role, group, state.filter((each) => each !== "").join(", ")];
}

type Values = { readonly [K in keyof typeof fields]?: string | undefined };

function fieldsOf({ "display-name": displayName, role, group, email }: Values): Record<string, string> {
  const all = Object.entries({ displayName, role, group, email });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function pathOf(name = ""): string {
  return `/users/${encodeURIComponent(name)}`;
}
