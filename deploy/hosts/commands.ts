import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { formatJoinToken, newJoinToken, proofKeyOf, seal } from "@veche/kit/join-token.ts";
import type { Host } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { defaultDataDir } from "../local/data-dir.ts";
import { readPorts } from "../local/ports.ts";
import { AccountLock } from "../nats/account-lock.ts";
import { type Accounts, vecheSigners } from "../nats/accounts.ts";
import { accountsOf, type Installation, openSystem, thisInstallation } from "../nats/installation.ts";
import { readAccount, scopedUser } from "../nats/jwt.ts";
import { readArguments } from "../users/arguments.ts";
import { Fault } from "../users/fault.ts";
import { formatTable } from "../users/table.ts";
import { type JoiningRole, joiningRoles, makeBundle, readWebAuthority } from "./bundle.ts";
import { InternalCa } from "./internal-ca.ts";
import { lifeOf, originOf } from "./options.ts";
import { HostRecords } from "./records.ts";

export const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { add, list, remove };

const addOptions = {
  name: { type: "string" },
  at: { type: "string", multiple: true },
  for: { type: "string" },
  url: { type: "string" },
  nats: { type: "string" },
} as const;

async function add(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, addOptions, { least: 1, most: 1, expected: "a role" });
  const role = readRole(positionals[0] ?? "");
  const name = readName(values.name);
  const addresses = readAddresses(role, values.at);
  const lifeMs = lifeOf(values.for ?? "1h");
  const installation = thisInstallation();
  const origin = originOf(values.url, process.env, installation.secretsDirectory);
  const natsUrl = values.nats ?? `tls://${new URL(origin).hostname}:${readPorts(process.env).nats}`;

  using _alone = await AccountLock.take(installation.secretsDirectory, `hosts add ${name}`);
  await using records = await HostRecords.open();
  const known = await records.hosts.get(name);
  if (known && known.value.removed === "")
    throw new Fault("refused", `there is a host "${name}" already (${known.value.role}): hosts remove ${name} first`);
  const accounts = await accountsOf(installation);
  const { user, creds } = await credentialsOf(accounts, role, name);
  const ca = await InternalCa.open(installation.secretsDirectory);
  const token = newJoinToken(origin, role);
  const bundle = await makeBundle({
    role,
    host: name,
    addresses,
    natsUrl,
    origin,
    creds,
    ca,
    secretsDirectory: installation.secretsDirectory,
    webAuthority: readWebAuthority(process.env, join(defaultDataDir(), "web")),
  });
  const expires = new Date(Date.now() + lifeMs).toISOString();
  const added = new Date().toISOString();
  const certificate = serialOf(bundle.files["private-tls-cert.pem"]);
  const revoked = known?.value.revoked ?? [];
  const record = { name, role, user, addresses: [...addresses], added, join: token.id, certificate, revoked };
  await records.hosts.put(name, record);
  const sealed = seal(token, JSON.stringify(bundle));
  await records.joins.create(token.id, { host: name, role, sealed, proofKey: proofKeyOf(token), expires });
  console.log(formatJoinToken(token));
  console.error(
    `It lets "${name}" join as ${role}, once, until ${expires}. On that host:\n` +
      `  VECHE_JOIN='<the line above>' docker compose ${howToStart(role)}`,
  );
}

function serialOf(certificate: string | undefined): string {
  return certificate === undefined ? "" : new X509Certificate(certificate).serialNumber;
}

async function credentialsOf(accounts: Accounts, role: JoiningRole, host: string) {
  const signer = vecheSigners(accounts.files).find(({ user }) => user.name === role);
  return signer ? scopedUser(`${role}@${host}`, signer.seed, accounts.veche) : { user: "", creds: "" };
}

async function list(args: readonly string[]): Promise<void> {
  readArguments(args, {}, { least: 0, most: 0, expected: "no words" });
  const installation = thisInstallation();
  await using records = await HostRecords.open();
  const revoked = await revokedUsers(installation);
  const rows: string[][] = [];
  for await (const { value } of records.hosts.entries()) {
    const token = value.join === "" ? undefined : (await records.joins.get(value.join))?.value;
    rows.push([value.name, value.role, value.addresses.join(" "), stateOf(value, token, revoked)]);
  }
  console.log(rows.length === 0 ? "no host has joined or may" : formatTable(["HOST", "ROLE", "AT", "STATE"], rows));
}

function stateOf(
  host: Host,
  token: { readonly used: string; readonly expires: string } | undefined,
  revoked: ReadonlySet<string>,
): string {
  if (host.removed !== "") {
    const isOut = host.user === "" || revoked.has(host.user);
    return isOut ? `removed ${host.removed}` : `removed ${host.removed}, but not cut off: hosts remove ${host.name}`;
  }
  if (token?.used) return `joined ${token.used}`;
  // Tokens are forgotten some days after their end.
  if (!token) return `added ${host.added}`;
  return Date.parse(token.expires) > Date.now() ? `may join until ${token.expires}` : `token ended ${token.expires}`;
}

async function revokedUsers(installation: Installation): Promise<ReadonlySet<string>> {
  const { veche } = await accountsOf(installation);
  await using system = await openSystem(installation);
  const jwt = await system.lookup(veche);
  return new Set(jwt === undefined ? [] : Object.keys(readAccount(jwt).revocations));
}

async function remove(args: readonly string[]): Promise<void> {
  const { positionals } = readArguments(args, {}, { least: 1, most: 1, expected: "the name of a host" });
  const [name = ""] = positionals;
  const installation = thisInstallation();
  using _alone = await AccountLock.take(installation.secretsDirectory, `hosts remove ${name}`);
  await using records = await HostRecords.open();
  const known = await records.hosts.get(name);
  if (!known) throw new Fault("refused", `there is no host "${name}": hosts list says which there are`);
  const { value, revision } = known;
  // The token first: it must not bring in anybody any more.
  if (value.join !== "") await records.joins.purge(value.join);
  if (value.user !== "") {
    await using system = await openSystem(installation);
    await system.revoke(await accountsOf(installation), [value.user]);
  }
  const revoked = value.certificate === "" ? value.revoked : [...value.revoked, value.certificate];
  const removed = value.removed || new Date().toISOString();
  await records.hosts.update(name, { ...value, removed, certificate: "", revoked }, revision);
  console.log(`${name} (${value.role}) is removed${aftermath(value.role)}`);
}

function aftermath(role: string): string {
  if (role === "turn")
    return "; it still knows turn-secret: remove that file from the secrets, and start xmpp and the TURN servers anew";
  if (role === "signalling") return "; it had all secrets: make new ones where it is not to be trusted any more";
  return ": its connection to NATS is cut";
}

function readRole(text: string): JoiningRole {
  const role = joiningRoles.find((each) => each === text);
  if (role) return role;
  throw new Fault("usage", `expected a role that may join (${joiningRoles.join(", ")}), found "${text}"`);
}

function readName(text: string | undefined): string {
  if (text !== undefined && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new Fault("usage", `--name: expected 1 to 63 of a-z, 0-9 and -, such as school-7, found "${text ?? ""}"`);
}

/** Web reaches these roles, and looks for that address in their certificates. */
function readAddresses(role: JoiningRole, given: readonly string[] | undefined): readonly string[] {
  const addresses = (given ?? []).flatMap((text) => text.split(",")).filter((text) => text !== "");
  const faulty = addresses.find((text) => isIP(text) === 0 && !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text));
  if (faulty !== undefined) throw new Fault("usage", `--at: expected an address or a host name, found "${faulty}"`);
  if (addresses.length === 0 && role !== "turn" && role !== "signalling")
    throw new Fault(
      "usage",
      "expected --at <address>: where this host reaches the other one; its certificate names it",
    );
  return addresses;
}

function howToStart(role: JoiningRole): string {
  // Alone it would be an installation of its own with the same keys.
  if (role === "signalling")
    return "up -d nats\nwith NATS_CLUSTER in its .env: compose/README.md, Three signalling hosts";
  const files: Partial<Record<JoiningRole, string>> = { videobridge: "bridge", "sip-gateway": "gateway" };
  return `-f compose/${files[role] ?? role}.yml up -d`;
}
