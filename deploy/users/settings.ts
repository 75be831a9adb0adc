import { ApiClient } from "./api-client.ts";
import { readArguments } from "./arguments.ts";
import { Fault } from "./fault.ts";
import { formatTable } from "./table.ts";

type Answer = {
  readonly settings: Readonly<Record<string, boolean | string | number>>;
  readonly locked: Readonly<Record<string, string>>;
};

type Setting = {
  /** As the API calls it. */
  readonly key: string;
  /** The value, or undefined where the text is none. */
  readonly read: (text: string) => boolean | string | number | undefined;
  readonly expected: string;
};

const settings: Readonly<Record<string, Setting>> = {
  "secure-domain": { key: "secureDomain", read: readSwitch, expected: "on or off" },
  "room-openers": { key: "roomOpeners", read: (text) => text, expected: "signed-in or teachers" },
  "keep-chat-days": {
    key: "keepChatDays",
    read: (text) => (/^\d{1,3}$/.test(text) ? Number(text) : undefined),
    expected: "a number of days",
  },
};

const json = { json: { type: "boolean" } } as const;

export const settingsCommands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { get, set };

async function get(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, json, { least: 0, most: 1, expected: "the name of a setting" });
  if (positionals[0] !== undefined) find(positionals[0]);
  print(await ApiClient.ofInstallation().ask("GET", "/settings"), values.json, positionals[0]);
}

async function set(args: readonly string[]): Promise<void> {
  const words = { least: 2, most: 2, expected: "a name and a value" };
  const { values, positionals } = readArguments(args, json, words);
  const [name = "", text = ""] = positionals;
  const { key, read, expected } = find(name);
  const value = read(text);
  if (value === undefined) throw new Fault("usage", `${name}: expected ${expected}, found "${text}"`);
  print(await ApiClient.ofInstallation().ask("PATCH", "/settings", { [key]: value }), values.json, name);
}

function find(name: string): Setting {
  const setting = settings[name];
  if (setting) return setting;
  throw new Fault("usage", `there is no setting "${name}"; there are ${Object.keys(settings).join(", ")}`);
}

function readSwitch(text: string): boolean | undefined {
  if (/^(on|true|yes|1)$/i.test(text)) return true;
  return /^(off|false|no|0)$/i.test(text) ? false : undefined;
}

function print(answer: Answer, isJson: boolean | undefined, only: string | undefined): void {
  if (isJson) {
    console.log(JSON.stringify(answer, undefined, 2));
    return;
  }
  const rows = Object.entries(settings)
    .filter(([name]) => only === undefined || name === only)
    .map(([name, { key }]) => [name, shown(answer.settings[key]), lockOf(answer, key)]);
  console.log(formatTable(["SETTING", "VALUE", ""], rows));
}

function shown(value: boolean | string | number | undefined): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value ?? "");
}

function lockOf({ locked }: Answer, key: string): string {
  return locked[key] === undefined ? "" : `fixed by ${locked[key]} in the environment`;
}
