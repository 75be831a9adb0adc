import { AccountLock } from "../nats/account-lock.ts";
import { accountsOf, openSystem, thisInstallation } from "../nats/installation.ts";
import { accountJwt, forGood, readAccount } from "../nats/jwt.ts";
import { type Grant, grants } from "../nats/subscriber-rights.ts";
import type { SystemLink } from "../nats/system-link.ts";
import { readArguments } from "../users/arguments.ts";
import { Fault } from "../users/fault.ts";
import { formatTable } from "../users/table.ts";
import {
  everybody,
  keepSubscriber,
  readSubscriber,
  removedContent,
  type Subscriber,
  subscriberFiles,
} from "./accounts.ts";
import { Consumers } from "./consumers.ts";

export const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  add,
  list,
  creds,
  replay,
  remove,
};

const oneName = { least: 1, most: 1, expected: "the name of a subscriber" } as const;

async function add(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, { read: { type: "string", multiple: true } }, oneName);
  const name = readName(positionals[0] ?? "");
  const read = readGrants(values.read);
  const installation = thisInstallation();
  using _alone = await AccountLock.take(installation.secretsDirectory, `subscribers add ${name}`);
  const accounts = await accountsOf(installation);
  await using system = await openSystem(installation);
  if ((await subscribersIn(system)).some((known) => known.name === name))
    throw new Fault("refused", `there is a subscriber "${name}" already: subscribers remove ${name} first`);
  await using consumers = await Consumers.open();
  await consumers.check(read);
  // A former one of that name has other keys.
  accounts.files.remove(`subscribers/${name}`);
  const given = {
    files: accounts.files,
    resolver: undefined,
    operatorSeed: accounts.operator.seed,
    veche: accounts.veche,
  };
  await consumers.make(name, read);
  await system.push(await keepSubscriber(given, name, read));
  console.log(
    `${name} may read ${read.join(", ")}. Its credentials: ${accounts.files.path(subscriberFiles(name).creds)}\n` +
      `  or: subscribers creds ${name} > ${name}.creds        How to write a subscriber: proto/README.md`,
  );
}

async function list(args: readonly string[]): Promise<void> {
  readArguments(args, {}, { least: 0, most: 0, expected: "no words" });
  await using system = await openSystem(thisInstallation());
  await using consumers = await Consumers.open();
  const rows: string[][] = [];
  for (const { name, read } of await subscribersIn(system))
    rows.push([name, read.join(","), await consumers.behind(name, read)]);
  console.log(
    rows.length === 0 ? "there are no subscribers" : formatTable(["SUBSCRIBER", "READS", "NOT YET READ"], rows),
  );
}

async function creds(args: readonly string[]): Promise<void> {
  const { positionals } = readArguments(args, {}, oneName);
  const name = readName(positionals[0] ?? "");
  const { files } = await accountsOf(thisInstallation());
  const text = files.read(subscriberFiles(name).creds);
  if (text === undefined) throw new Fault("refused", `there are no credentials of "${name}" on this host`);
  process.stdout.write(text);
}

async function replay(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, { since: { type: "string" } }, oneName);
  const since = values.since === undefined ? undefined : new Date(values.since);
  if (since !== undefined && Number.isNaN(since.getTime()))
    throw new Fault(
      "usage",
      `--since: expected a date such as 2026-09-01 or 2026-09-01T06:00:00Z, found "${values.since}"`,
    );
  await using system = await openSystem(thisInstallation());
  const { name, read } = await find(system, positionals[0] ?? "");
  await using consumers = await Consumers.open();
  await consumers.check(read);
  await consumers.make(name, read, since);
  console.log(`${name} reads again from ${since ? since.toISOString() : "the oldest that is kept"}`);
}

async function remove(args: readonly string[]): Promise<void> {
  const { positionals } = readArguments(args, {}, oneName);
  const installation = thisInstallation();
  using _alone = await AccountLock.take(installation.secretsDirectory, `subscribers remove ${positionals[0]}`);
  const accounts = await accountsOf(installation);
  await using system = await openSystem(installation);
  const { name, account, read } = await find(system, positionals[0] ?? "");
  const removed = removedContent(name, { [everybody]: forGood });
  const before = [await system.lookup(account), accounts.files.read(subscriberFiles(name).jwt)];
  await system.push(await accountJwt(account, accounts.operator.seed, removed, before));
  await using consumers = await Consumers.open();
  await consumers.remove(name, read);
  accounts.files.remove(`subscribers/${name}`);
  console.log(`${name} is removed: its connections are cut`);
}

/** The servers know them, whichever host they were made on. */
async function subscribersIn(system: SystemLink): Promise<readonly Subscriber[]> {
  const found: Subscriber[] = [];
  for (const key of await system.list()) {
    const jwt = await system.lookup(key);
    const subscriber = jwt === undefined || readAccount(jwt).key !== key ? undefined : readSubscriber(jwt);
    if (subscriber) found.push(subscriber);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function find(system: SystemLink, name: string): Promise<Subscriber> {
  const found = (await subscribersIn(system)).find((each) => each.name === name);
  if (found) return found;
  throw new Fault("refused", `there is no subscriber "${name}": subscribers list says which there are`);
}

function readName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) return text;
  throw new Fault("usage", `expected a name of 1 to 32 of a-z, 0-9 and -, found "${text}"`);
}

function readGrants(given: readonly string[] | undefined): readonly Grant[] {
  const words = (given ?? []).flatMap((text) => text.split(",")).filter((word) => word !== "");
  const unknown = words.find((word) => !grants.some((grant) => grant === word));
  if (words.length > 0 && unknown === undefined) return grants.filter((grant) => words.includes(grant));
  throw new Fault("usage", `--read: expected some of ${grants.join(",")}, found "${unknown ?? "nothing"}"`);
}
