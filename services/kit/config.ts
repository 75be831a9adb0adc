import { readFileSync } from "node:fs";
import { masked, redactText } from "./redact.ts";
import type { commonSchema, Setting } from "./setting.ts";

export {
  alsoNamed,
  choice,
  commonSchema,
  duration,
  flag,
  integer,
  list,
  number,
  port,
  type Setting,
  secret,
  text,
  url,
} from "./setting.ts";

/** biome-ignore lint/suspicious/noExplicitAny: a schema holds settings of every type; only `ConfigOf` looks inside. */
export type Schema = Readonly<Record<string, Setting<any>>>;
export type ConfigOf<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};
export type CommonConfig = ConfigOf<typeof commonSchema>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`configuration:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

export type ConfigRow = {
  readonly name: string;
  readonly value: string;
  readonly from: "default" | "environment" | "file";
  readonly sentence: string;
};

/** Throws ConfigError with all faults at once. */
export function readConfig<S extends Schema>(schema: S, env: Environment): ConfigOf<S> {
  const entries = resolve(schema, env);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value])) as ConfigOf<S>;
}

/** The effective configuration with secrets masked. */
export function describeConfig<S extends Schema>(schema: S, env: Environment): readonly ConfigRow[] {
  return resolve(schema, env).map(({ name, setting, value, from }) => {
    const shown = redactText(setting.format(value));
    return { name, value: setting.isSecret && shown !== "" ? masked : shown, from, sentence: setting.sentence };
  });
}

/** The environment table of a role's README. */
export function configTable(schema: Schema): string {
  const rows = Object.entries(schema).map(([name, setting]) => {
    const names = namesOf(name, setting)
      .map((each) => `\`${each}\``)
      .join(", ");
    return `| ${names} | ${setting.kind.replaceAll("|", "\\|")} | ${shownDefault(setting)} | ${setting.sentence} |`;
  });
  return ["| name | type | default | |", "|---|---|---|---|", ...rows].join("\n");
}

/** Every name that a setting is read by, its own first. */
export function namesOf(name: string, { isSecret, otherNames }: Schema[string]): readonly string[] {
  return [name, ...(isSecret ? [`${name}_FILE`] : []), ...otherNames];
}

export function shownDefault({ defaultText }: Schema[string]): string {
  if (defaultText === undefined) return "required";
  if (defaultText === "") return "(empty)";
  return defaultText.startsWith("(") ? defaultText : `\`${defaultText}\``;
}

type Resolved = {
  readonly name: string;
  readonly setting: Schema[string];
  readonly value: unknown;
  readonly from: ConfigRow["from"];
};

function resolve(schema: Schema, env: Environment): readonly Resolved[] {
  const faults: string[] = [];
  const resolved: Resolved[] = [];
  for (const [name, setting] of Object.entries(schema)) {
    const found = resolveOne(name, setting, env);
    if (typeof found === "string") faults.push(found);
    else resolved.push({ name, setting, ...found });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return resolved;
}

/** The value and where it is from, or the fault. */
function resolveOne(
  name: string,
  setting: Schema[string],
  env: Environment,
): Pick<Resolved, "value" | "from"> | string {
  const fileName = setting.isSecret ? env[`${name}_FILE`] : undefined;
  if (env[name] !== undefined && fileName !== undefined) return `${name}: give it or ${name}_FILE, not both`;
  const called = env[name] === undefined ? (setting.otherNames.find((each) => env[each]) ?? name) : name;
  const given = fileName === undefined ? env[called] : readSecret(fileName);
  if (given instanceof Error) return `${name}_FILE: ${given.message}`;
  if (given === undefined) {
    return setting.default === undefined
      ? `${name}: required (${setting.kind}): ${setting.sentence}`
      : { value: setting.default, from: "default" };
  }
  const parsed = setting.parse(given);
  if (parsed.ok) return { value: parsed.value, from: fileName === undefined ? "environment" : "file" };
  return `${called}: expected ${parsed.expected}, found ${setting.isSecret ? masked : `"${redactText(given)}"`}`;
}

function readSecret(path: string): string | Error {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
