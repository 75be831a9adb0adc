import { type LiveKey, type LiveValue, liveKeys, liveTable } from "@veche/kit/live-table.ts";
import { ApiClient } from "./api-client.ts";
import { readArguments } from "./arguments.ts";
import { Fault } from "./fault.ts";
import { formatTable } from "./table.ts";

type Answer = {
  readonly settings: Readonly<Record<string, LiveValue>>;
  /** The variable that fixes a setting. */
  readonly locked: Readonly<Record<string, string>>;
  /** Where its value is from; a server of before does not say. */
  readonly from?: Readonly<Record<string, string>>;
};

const json = { json: { type: "boolean" } } as const;

export const settingsCommands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  get,
  set,
  reset,
};

async function get(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, json, { least: 0, most: 1, expected: "the name of a setting" });
  const only = positionals[0] === undefined ? undefined : find(positionals[0]);
  print(await ApiClient.ofInstallation().ask("GET", "/settings"), values.json, only);
}

async function set(args: readonly string[]): Promise<void> {
  const words = { least: 2, most: 2, expected: "a name and a value" };
  const { values, positionals } = readArguments(args, json, words);
  const [name = "", text = ""] = positionals;
  const key = find(name);
  const value = read(key, text);
  print(await ApiClient.ofInstallation().ask("PATCH", "/settings", { [key]: value }), values.json, key);
}

/** Back to what it is while nobody has said another value. */
async function reset(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, json, { least: 1, most: 1, expected: "the name of a setting" });
  const key = find(positionals[0] ?? "");
  print(await ApiClient.ofInstallation().ask("PATCH", "/settings", { [key]: null }), values.json, key);
}

function find(name: string): LiveKey {
  const key = liveKeys.find((each) => liveTable[each].name === name);
  if (key !== undefined) return key;
  const names = liveKeys.map((each) => liveTable[each].name).join(", ");
  throw new Fault("usage", `there is no setting "${name}"; there are ${names}`);
}

function read(key: LiveKey, text: string): LiveValue {
  const { name, setting } = liveTable[key];
  const parsed = setting.parse(text);
  if (parsed.ok) return parsed.value;
  const expected = typeof liveTable[key].standard === "boolean" ? "on or off" : parsed.expected;
  throw new Fault("usage", `${name}: expected ${expected}, found "${text}"`);
}

function print(answer: Answer, isJson: boolean | undefined, only: LiveKey | undefined): void {
  if (isJson) {
    console.log(JSON.stringify(answer, undefined, 2));
    return;
  }
  const rows = liveKeys
    .filter((key) => only === undefined || key === only)
    .map((key) => [liveTable[key].name, shown(answer.settings[key]), fromOf(answer, key), answer.locked[key] ?? ""]);
  console.log(formatTable(["SETTING", "VALUE", "FROM", "LOCKED BY"], rows));
}

function shown(value: LiveValue | undefined): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === undefined ? "(unknown to the server)" : String(value);
}

function fromOf({ from, locked }: Answer, key: LiveKey): string {
  return from?.[key] ?? (locked[key] === undefined ? "" : "environment");
}
