/**
 * The first service of docker-compose.yml: looks at the names in `.env`, makes the secrets at first start, gives each role its own in a volume of its
 * own, and writes down the addresses of the host, whose network it shares for that.
 * `docker compose run --rm secrets show <user>` prints a password, `… show xmpp-admin-token` what opens the API,
 * `… show turn-secret` what the XMPP server shares with TURN servers, `… show recorder-password` what recorders sign in with,
 * `… show drachtio-secret` what the SIP gateway shares with drachtio-server.
 */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { recorderPasswordName } from "../local/recording.ts";
import { ensureSecret } from "../local/secrets.ts";
import { natsUsers, passwordVariable, roleNames } from "../nats/permissions.ts";
import { areNamesGood } from "../settings/startup.ts";
import { tokenName } from "../users/api-client.ts";

const volumes = "/volumes";
const all = join(volumes, "all");
/** Shared by the XMPP server and the TURN server: one makes credentials of it, the other checks them. */
const turnSecret = "turn-secret";
/** Shared by drachtio-server and the gateway: whoever has it calls at the school's expense. */
const drachtioSecret = "drachtio-secret";

const [command, user] = process.argv.slice(2);

if (command === "show") show(user ?? "");
else if (areNamesGood(process.env, "env-file")) prepare();
else process.exitCode = 1;

function show(name: string): void {
  const others = [tokenName, turnSecret, recorderPasswordName, drachtioSecret];
  const names = [...natsUsers.map((each) => each.name), ...others];
  if (!names.includes(name)) {
    console.error(`expected one of ${names.join(", ")}, found "${name}"`);
    process.exitCode = 1;
    return;
  }
  console.log(others.includes(name) ? ensureSecret(all, name) : passwordOf(name));
}

function prepare(): void {
  const variables = natsUsers.map(({ name }) => `export ${passwordVariable(name)}=${passwordOf(name)}\n`);
  writeFor("nats", "passwords.env", variables.join(""));
  for (const owner of [...roleNames(), "operator"]) writeFor(owner, "nats-password", `${passwordOf(owner)}\n`);
  for (const owner of ["xmpp", "turn"]) writeFor(owner, turnSecret, `${ensureSecret(all, turnSecret)}\n`);
  for (const owner of ["xmpp", "recorder"])
    writeFor(owner, recorderPasswordName, `${ensureSecret(all, recorderPasswordName)}\n`);
  for (const owner of ["sip-gateway", "drachtio"])
    writeFor(owner, drachtioSecret, `${ensureSecret(all, drachtioSecret)}\n`);
  writeFor("xmpp", tokenName, `${ensureSecret(all, tokenName)}\n`);
  const addresses = hostAddresses().join(",");
  for (const role of ["videobridge", "web", "sip-gateway", "drachtio", "turn"])
    writeFor(role, "addresses", `${addresses}\n`);
  console.log(`secrets are in their volumes; addresses of this host: ${addresses}`);
}

function passwordOf(name: string): string {
  return ensureSecret(all, `nats-password-${name}`);
}

function writeFor(service: string, name: string, text: string): void {
  const path = join(volumes, `for-${service}`, name);
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o400 });
  chmodSync(path, 0o400);
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
