/**
 * The first service of docker-compose.yml: looks at the names in `.env`, makes the secrets at first start, gives each role its
 * own in a volume of its own, and writes down the addresses of the host, whose network it shares for that.
 * `docker compose run --rm secrets show <what>` prints one of them: the NATS credentials of a role or of `operator`,
 * `internal-ca` (the authority that NATS' certificate is checked against), `xmpp-admin-token` (opens the API), `turn-secret`
 * (shared with TURN servers), `recorder-password` (recorders sign in with it), `drachtio-secret`, `grafana-password`.
 */
import { readFileSync, rmSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { InternalCa } from "../hosts/internal-ca.ts";
import { joinHost, volumesIn } from "../hosts/joining.ts";
import { recorderPasswordName } from "../local/recording.ts";
import { ensureSecret } from "../local/secrets.ts";
import { AccountLock } from "../nats/account-lock.ts";
import { type Accounts, credsFileOf, ensureAccounts } from "../nats/accounts.ts";
import { clusterStore, readCluster, renderCluster, routePassword } from "../nats/cluster.ts";
import { writeWhole } from "../nats/files.ts";
import { natsUsers, roleNames } from "../nats/permissions.ts";
import { renderAccounts } from "../nats/server-config.ts";
import { areNamesGood } from "../settings/startup.ts";
import { tokenName } from "../users/api-client.ts";
import { Fault } from "../users/fault.ts";

const volumes = "/volumes";
const all = join(volumes, "all");
/** Shared by the XMPP server and the TURN server: one makes credentials of it, the other checks them. */
const turnSecret = "turn-secret";
/** Shared by drachtio-server and the gateway: whoever has it calls at the school's expense. */
const drachtioSecret = "drachtio-secret";
/** Of Grafana's user admin. */
const grafanaPassword = "grafana-password";
/** Where the server keeps the JWTs of accounts: in its own volume. */
const resolver = { inside: "/data/jwt", here: join(volumes, "nats-data/jwt") } as const;

const [command, what] = process.argv.slice(2);

if (command === "show") await show(what ?? "");
else if (command === "join") await joinThisHost();
else if (areNamesGood(process.env, "env-file") && (await hasSecrets())) await prepare();
else process.exitCode = 1;

async function show(name: string): Promise<void> {
  const plain = [tokenName, turnSecret, recorderPasswordName, drachtioSecret, grafanaPassword];
  const users = natsUsers.map((each) => each.name);
  if (plain.includes(name)) console.log(ensureSecret(all, name));
  else if (name === "internal-ca") process.stdout.write((await InternalCa.open(all)).certificate);
  else if (users.includes(name)) process.stdout.write(await credentialsOf(name));
  else {
    console.error(`expected one of ${[...users, "internal-ca", ...plain].join(", ")}, found "${name}"`);
    process.exitCode = 1;
  }
}

/** On a host that joins: VECHE_JOIN, or nothing at later starts (deploy/hosts/README.md). */
async function joinThisHost(): Promise<boolean> {
  try {
    const places = volumesIn(volumes);
    const { role } = await joinHost(process.env.VECHE_JOIN ?? "", places, (line) => console.log(`join: ${line}`));
    const addresses = `${hostAddresses().join(",")}\n`;
    if (role !== "signalling") writeFor(role, "addresses", addresses);
    if (role === "sip-gateway") prepareDrachtio(addresses);
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(`join: ${error.message}`);
    process.exitCode = error.exitCode;
    return false;
  }
}

/** The secret between a gateway and the drachtio-server of the same host stays on that host. */
function prepareDrachtio(addresses: string): void {
  for (const owner of ["sip-gateway", "drachtio"])
    writeFor(owner, drachtioSecret, `${ensureSecret(all, drachtioSecret)}\n`);
  writeFor("drachtio", "addresses", addresses);
}

async function credentialsOf(user: string): Promise<string> {
  await ensureAccounts(all, resolver.here);
  return readFileSync(credsFileOf(all, user), "utf8");
}

/** A further signalling host gets its secrets by a token before it makes any. */
async function hasSecrets(): Promise<boolean> {
  return (process.env.VECHE_JOIN ?? "") === "" || (await joinThisHost());
}

async function prepare(): Promise<void> {
  try {
    await makeSecrets();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

async function makeSecrets(): Promise<void> {
  using _alone = await AccountLock.take(all, "docker compose up");
  const addresses = hostAddresses();
  writeWhole(join(all, "addresses"), `${addresses.join(",")}\n`);
  const ca = await InternalCa.open(all);
  const accounts = await ensureAccounts(all, resolver.here);
  await prepareNats(accounts, ca, addresses);
  for (const owner of [...roleNames(), "operator"]) {
    writeFor(owner, "nats.creds", readFileSync(credsFileOf(all, owner), "utf8"));
    writeFor(owner, "internal-ca.pem", ca.certificate);
  }
  for (const role of roleNames()) {
    const { certificate, key } = await ca.keep(role, [role, "localhost", ...hostNames(addresses)]);
    writeFor(role, "private-tls-key.pem", key);
    writeFor(role, "private-tls-cert.pem", certificate);
  }
  for (const owner of ["xmpp", "turn"]) writeFor(owner, turnSecret, `${ensureSecret(all, turnSecret)}\n`);
  for (const owner of ["xmpp", "recorder"])
    writeFor(owner, recorderPasswordName, `${ensureSecret(all, recorderPasswordName)}\n`);
  for (const owner of ["sip-gateway", "drachtio"])
    writeFor(owner, drachtioSecret, `${ensureSecret(all, drachtioSecret)}\n`);
  writeFor("grafana", grafanaPassword, `${ensureSecret(all, grafanaPassword)}\n`);
  writeFor("xmpp", tokenName, `${ensureSecret(all, tokenName)}\n`);
  for (const role of ["videobridge", "web", "recorder", "sip-gateway", "drachtio", "turn"])
    writeFor(role, "addresses", `${addresses.join(",")}\n`);
  removeLeftovers();
  console.log(`secrets are in their volumes; addresses of this host: ${addresses.join(",")}`);
}

async function prepareNats(accounts: Accounts, ca: InternalCa, addresses: readonly string[]): Promise<void> {
  const { certificate, key } = await ca.keep("nats", ["nats", "localhost", ...hostNames(addresses)]);
  writeFor("nats", "nats.key", key);
  writeFor("nats", "nats.crt", certificate);
  writeFor("nats", "internal-ca.pem", ca.certificate);
  writeFor("nats", "account", `${accounts.veche}\n`);
  const tls = { certFile: "/run/veche/nats.crt", keyFile: "/run/veche/nats.key" };
  writeFor("nats", "accounts.conf", renderAccounts(accounts, { resolver: resolver.inside, tls }));
  const plan = readCluster(process.env, hostNames(addresses));
  const password = ensureSecret(all, routePassword);
  const files = { storeDir: clusterStore("/data"), tls: { ...tls, caFile: "/run/veche/internal-ca.pem" }, password };
  writeFor("nats", "cluster.conf", plan ? renderCluster(plan, files) : "");
}

/** Passwords that nothing asks for any more. */
function removeLeftovers(): void {
  rmSync(join(volumes, "for-nats", "passwords.env"), { force: true });
  for (const owner of [...roleNames(), "operator"])
    rmSync(join(volumes, `for-${owner}`, "nats-password"), { force: true });
}

function writeFor(service: string, name: string, text: string): void {
  writeWhole(join(volumes, `for-${service}`, name), text, 0o400);
}

/** Everything by which other hosts may reach this one. */
function hostNames(addresses: readonly string[]): readonly string[] {
  const { DOCKER_HOST_ADDRESS = "", VECHE_PRIVATE_ADDRESS = "", PUBLIC_URL = "" } = process.env;
  const given = [...DOCKER_HOST_ADDRESS.split(","), ...VECHE_PRIVATE_ADDRESS.split(",")].map((each) => each.trim());
  const host = URL.parse(PUBLIC_URL)?.hostname ?? "";
  return [...new Set([...addresses, ...given, host])].filter((name) => /^[a-z0-9:.-]+$/i.test(name));
}

/**
 * What clients can reach this host at. Networks of containers are not among them; loopback is, last, for a browser on
 * this very machine, and on Docker Desktop, where the host's own addresses are not to be had.
 */
function hostAddresses(): string[] {
  const own = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|br-|veth|virbr|cni|podman)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
  return [...new Set([...own, "127.0.0.1"])];
}
