import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { ApiClient, queryOf } from "./api-client.ts";
import { readArguments } from "./arguments.ts";
import { Fault } from "./fault.ts";
import { formatTable } from "./table.ts";

type Row = {
  readonly line: number;
  readonly name: string;
  readonly displayName: string;
  readonly role: string;
  readonly group: string;
  readonly outcome: string;
  readonly password?: string;
};

type Answer = {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly users: readonly Row[];
};

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  group: text,
  role: text,
  existing: text,
  out: text,
  "reset-passwords": flag,
  "dry-run": flag,
  json: flag,
  csv: flag,
} as const;

/** `users import class.csv`: the whole file in one request, which the server takes or refuses as a whole. */
export async function importFile(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, options, { least: 1, most: 1, expected: 'one file, or "-"' });
  const query = queryOf({
    group: values.group,
    role: values.role,
    existing: values.existing,
    resetPasswords: values["reset-passwords"] ? "true" : undefined,
    dryRun: values["dry-run"] ? "true" : undefined,
  });
  const client = ApiClient.ofInstallation();
  const csv = await readFile(positionals[0] ?? "");
  if (values.out !== undefined) return writeTo(resolve(startedIn(), values.out), () => client.importToCsv(query, csv));
  if (values.csv) return void process.stdout.write(await client.importToCsv(query, csv));
  const answer: Answer = await client.import(query, csv);
  if (values.json) return console.log(JSON.stringify(answer, undefined, 2));
  console.log(shown(answer));
  const counts = `${answer.created} created, ${answer.updated} updated, ${answer.skipped} skipped`;
  console.log(values["dry-run"] ? `nothing was written; there would be ${counts}` : counts);
}

/** The file is made before anything is imported: passwords that can't be written down would be lost. */
async function writeTo(path: string, run: () => Promise<string>): Promise<void> {
  try {
    writeFileSync(path, "", { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Fault("usage", `--out ${path}: ${messageOf(error)}; nothing was imported`, { cause: error });
  }
  try {
    writeFileSync(path, await run());
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  console.log(`imported; the passwords are in ${path}, which only you can read`);
}

/** npm runs its scripts elsewhere. */
function startedIn(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (path === "-") return new Uint8Array(await buffer(process.stdin));
  try {
    return new Uint8Array(readFileSync(resolve(startedIn(), path)));
  } catch (error) {
    throw new Fault("usage", `${path} can't be read: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "EEXIST" ? "it exists already" : error.message;
}

function shown({ users }: Answer): string {
  const head = ["NAME", "DISPLAY NAME", "ROLE", "GROUP", "PASSWORD"];
  const passwordOf = ({ password, outcome }: Row) =>
    password ?? (outcome === "created" ? "(as given)" : `(${outcome})`);
  return formatTable(
    head,
    users.map((row) => [row.name, row.displayName, row.role, row.group, passwordOf(row)]),
  );
}
