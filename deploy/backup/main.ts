/** `npm run backup -- …` and `npm run restore -- …`; what they do in containers is in README.md. */
import { parseArgs } from "node:util";
import { defaultDataDir } from "../local/data-dir.ts";
import { Fault } from "../users/fault.ts";
import { backUp, restore, type Surroundings } from "./commands.ts";
import { readPassphrase } from "./file.ts";
import { backupHelp, restoreHelp } from "./help.ts";
import { installationOf } from "./installation.ts";

const [command = "", ...args] = process.argv.slice(2);
const common = { help: { type: "boolean", short: "h" }, "passphrase-file": { type: "string" } } as const;
const steps = ["check", "files", "streams"] as const;

try {
  if (command === "backup") await runBackup();
  else if (command === "restore") await runRestore();
  else throw new Fault("usage", `expected backup or restore, found "${command}"`);
} catch (error) {
  console.error(`${command}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Fault ? error.exitCode : 1;
}

async function runBackup(): Promise<void> {
  const { values, positionals } = parse(() =>
    parseArgs({ args, allowPositionals: true, options: { ...common, "without-facts": { type: "boolean" } } }),
  );
  if (values.help) return console.log(backupHelp);
  const path = onePath(positionals) ?? `veche-${new Date().toISOString().slice(0, 16).replace(":", "")}.backup.tar`;
  await backUp(around(), { path, passphrase: passphraseOf(values), withFacts: !values["without-facts"] });
}

async function runRestore(): Promise<void> {
  const { values, positionals } = parse(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { ...common, force: { type: "boolean" }, step: { type: "string" } },
    }),
  );
  if (values.help) return console.log(restoreHelp);
  const path = onePath(positionals);
  if (path === undefined) throw new Fault("usage", "expected the file of a backup (--help)");
  const step = values.step === undefined ? "all" : steps.find((each) => each === values.step);
  if (!step) throw new Fault("usage", `--step: expected one of ${steps.join(", ")}, found "${values.step}"`);
  await restore(around(), { path, passphrase: passphraseOf(values), force: values.force === true, step });
}

/** A slip in an option is the caller's, not a defect. */
function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Fault("usage", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function onePath(positionals: readonly string[]): string | undefined {
  if (positionals.length > 1) throw new Fault("usage", `expected one file, found ${positionals.join(" ")}`);
  return positionals[0];
}

function passphraseOf(values: Record<string, unknown>): string | undefined {
  const file = values["passphrase-file"];
  return readPassphrase(typeof file === "string" ? file : undefined, process.env);
}

/** What is said goes to standard error, where the backup itself may go to standard output. */
function around(): Surroundings {
  const dataDir = defaultDataDir();
  return {
    dataDir,
    installation: installationOf(dataDir, process.env),
    env: process.env,
    say: (text) => console.error(`${command}: ${text}`),
  };
}
