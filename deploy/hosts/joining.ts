/** Joins this host: once with a token, and nothing more at later starts. */
import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseJoinToken } from "@veche/kit/join-token.ts";
import { connectOnce } from "@veche/kit/nats-link.ts";
import { finalFault, whyNotConnected } from "@veche/kit/nats-sign-in.ts";
import { readOrNot, writeWhole } from "../nats/files.ts";
import { Fault } from "../users/fault.ts";
import type { Bundle } from "./bundle.ts";
import { checkTimes, clockWarning, patience, redeem } from "./redeem.ts";

export type Places = {
  /** Remembers what has joined. */
  readonly state: string;
  /** Where a signalling host has all secrets, and web its authority. */
  readonly secrets: string;
  readonly web: string;
  /** Where a role's files go; undefined where that role has no place here. */
  folderOf(role: string): string | undefined;
  /** How the role itself sees that folder. */
  seenAs(folder: string): string;
};

export type Joined = { readonly role: string; readonly host: string; readonly id: string };

/** `text`: the token, or "" at later starts. Says what it did by `say`. */
export async function joinHost(
  text: string,
  places: Places,
  say: (line: string) => void,
  waiting = patience,
): Promise<Joined> {
  const record = join(places.state, "joined.json");
  const before = readRecord(record);
  if (text === "") {
    if (before) return before;
    throw new Fault("usage", "this host has not joined yet: VECHE_JOIN='<token>' with what hosts add printed");
  }
  const token = parseJoinToken(text);
  if (!token)
    throw new Fault(
      "usage",
      "VECHE_JOIN: expected https://<host>/join#<role>-<id>-<secret>, whole and in quotes, found something else",
    );
  if (before?.id === token.id) return before;
  const folder = places.folderOf(token.role);
  if (folder === undefined)
    throw new Fault("usage", `VECHE_JOIN is a token for ${token.role}, which is not what is started here`);
  const noncePath = join(places.state, `join-${token.id}`);
  const nonce = readOrNot(noncePath) ?? randomBytes(16).toString("hex");
  writeWhole(noncePath, nonce);
  const { bundle, clockOffMs } = await redeem(token, nonce, waiting);
  const warning = clockWarning(token.origin, clockOffMs);
  if (warning !== undefined) say(warning);
  const env = writeBundle(bundle, folder, places);
  const joined = { role: bundle.role, host: bundle.host, id: token.id };
  writeWhole(record, JSON.stringify(joined));
  say(`this host is "${joined.host}" now, a ${joined.role} of ${token.origin}`);
  checkTimes(bundle);
  await tryNats(env, folder, places);
  return joined;
}

/** Settings as the role will have them. */
function writeBundle(bundle: Bundle, folder: string, places: Places): Record<string, string> {
  for (const [path, content] of Object.entries(bundle.secrets)) writeWhole(inside(places.secrets, path), content);
  for (const [name, content] of Object.entries(bundle.web)) writeWhole(inside(places.web, name), content);
  for (const [name, content] of Object.entries(bundle.files)) writeWhole(inside(folder, name), content, 0o400);
  const seen = places.seenAs(folder);
  const env = Object.fromEntries(
    Object.entries(bundle.env).map(([name, value]) => [name, value.replace("{dir}", seen)]),
  );
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  writeWhole(inside(folder, "host.env"), lines.join(""), 0o400);
  return env;
}

/** Says at once what would otherwise be a role that waits. */
async function tryNats(env: Readonly<Record<string, string>>, folder: string, places: Places): Promise<void> {
  const url = env.NATS_URL;
  if (url === undefined) return;
  const here = (path = "") => path.replace(places.seenAs(folder), folder);
  const config = { url, credsFile: here(env.NATS_CREDS_FILE), caFile: here(env.NATS_CA_FILE) };
  try {
    await (await connectOnce(config, "join", "_INBOX.join")).close();
  } catch (error) {
    const why = finalFault(config, error)?.message ?? whyNotConnected(error);
    throw new Fault(
      "unreachable",
      `this host has joined, but NATS at ${url} can't be reached: ${why}. Is that port open, and NATS published there ` +
        "(compose/hosts.yml, hosts add --nats)? It is not needed to join again",
      { cause: error },
    );
  }
}

function inside(folder: string, path: string): string {
  if (path.startsWith("/") || path.split("/").includes(".."))
    throw new Fault("refused", `not a path of ours: "${path}"`);
  return join(folder, path);
}

function readRecord(path: string): Joined | undefined {
  const text = readOrNot(path);
  return text === undefined ? undefined : (JSON.parse(text) as Joined);
}

/** Everything into one folder: without containers. As a signalling host's it is its VECHE_DATA_DIR. */
export function oneFolder(folder: string): Places {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [secrets, web] = [join(folder, "secrets"), join(folder, "web")];
  return { state: folder, secrets, web, folderOf: () => folder, seenAs: (same) => same };
}

/** The volumes of a compose file: a role has a place where its volume can be written. */
export function volumesIn(root: string): Places {
  const [all, web] = [join(root, "all"), join(root, "web-data")];
  const folderOf = (role: string) => {
    // Every host has the first: where web is, signalling is.
    if (role === "signalling") return isWritable(web) ? all : undefined;
    const folder = join(root, `for-${role}`);
    return isWritable(folder) ? folder : undefined;
  };
  return { state: all, secrets: all, web, folderOf, seenAs: () => "/run/veche" };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
