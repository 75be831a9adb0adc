/**
 * The file of trunks, VECHE_SIP_TRUNKS_FILE: a JSON list. A file and no variable, because it holds passwords, is long, and
 * is mounted as a secret.
 */
import { VecheError } from "@veche/kit/errors.ts";
import type { Trunk } from "./sip/signalling.ts";

type Entry = Readonly<Record<string, unknown>>;

const standardPort = { udp: 5060, tcp: 5060, tls: 5061 } as const;
const known = new Set([
  "name",
  "server",
  "port",
  "transport",
  "user",
  "domain",
  "password",
  "registers",
  "dialsOut",
  "isTrusted",
  "addresses",
]);

/** Throws `invalid-argument` that names the trunk and what was expected; never with a password in it. */
export function readTrunks(text: string): readonly Trunk[] {
  const entries = parse(text);
  if (!Array.isArray(entries)) throw invalid("expected a list");
  return entries.map((entry: unknown, index) => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw invalid(`${index + 1}: expected an object`);
    return readTrunk(entry as Entry, index);
  });
}

function readTrunk(entry: Entry, index: number): Trunk {
  const name = textOf(entry, "name", `${index + 1}`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw invalid(`${index + 1}: name: expected letters, digits, _ and -`);
  const odd = Object.keys(entry).find((key) => !known.has(key));
  if (odd !== undefined) throw invalid(`${name}: "${odd.slice(0, 40)}" is nothing that a trunk has`);
  const server = textOf(entry, "server", name);
  if (!/^[A-Za-z0-9.:[\]_-]{1,253}$/.test(server)) throw invalid(`${name}: server: expected a host`);
  const transport = textOf(entry, "transport", name, "udp").toLowerCase();
  if (transport !== "udp" && transport !== "tcp" && transport !== "tls")
    throw invalid(`${name}: transport: expected udp, tcp or tls`);
  const port = entry.port ?? standardPort[transport];
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalid(`${name}: port: expected 1 to 65535`);
  const user = textOf(entry, "user", name, "");
  const registers = flagOf(entry, "registers", name, user !== "");
  if (registers && user === "") throw invalid(`${name}: user: expected one, to register as`);
  const account = {
    user,
    domain: textOf(entry, "domain", name, server),
    password: textOf(entry, "password", name, ""),
  };
  return {
    name,
    server,
    port,
    transport,
    account: user === "" ? undefined : account,
    registers,
    dialsOut: flagOf(entry, "dialsOut", name, false),
    isTrusted: flagOf(entry, "isTrusted", name, false),
    addresses: addressesOf(entry, name),
  };
}

function addressesOf({ addresses = [] }: Entry, name: string): readonly string[] {
  const isList = Array.isArray(addresses) && addresses.every((one) => typeof one === "string");
  if (!isList) throw invalid(`${name}: addresses: expected a list of addresses and CIDR blocks`);
  const bad = addresses.find((one) => !/^[0-9A-Fa-f.:]+(\/\d{1,3})?$/.test(one));
  if (bad !== undefined) throw invalid(`${name}: addresses: expected addresses and CIDR blocks, found "${bad}"`);
  return addresses;
}

function textOf(entry: Entry, key: string, name: string, byDefault?: string): string {
  const value = entry[key] ?? byDefault;
  if (typeof value !== "string") throw invalid(`${name}: ${key}: expected text`);
  return value;
}

function flagOf(entry: Entry, key: string, name: string, byDefault: boolean): boolean {
  const value = entry[key] ?? byDefault;
  if (typeof value !== "boolean") throw invalid(`${name}: ${key}: expected true or false`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the text around the fault, which may be a password.
    throw invalid("expected JSON");
  }
}

function invalid(message: string): VecheError {
  return new VecheError("invalid-argument", `VECHE_SIP_TRUNKS_FILE: ${message}`);
}
