/** A nats-server with the accounts and permissions of an installation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "@nats-io/transport-node";
import { type Accounts, credsFileOf, ensureAccounts } from "@veche/deploy/nats/accounts.ts";
import { renderAccounts } from "@veche/deploy/nats/server-config.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { NatsServer } from "@veche/kit/nats-server.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { signInWith } from "../harness/nats.ts";

let made: Promise<{ readonly secrets: string; readonly accounts: Accounts }> | undefined;

/** One set of keys for all servers of a test file. */
function installation() {
  made ??= (async () => {
    const secrets = mkdtempSync(join(tmpdir(), "veche-secrets-"));
    process.once("exit", () => rmSync(secrets, { recursive: true, force: true }));
    return { secrets, accounts: await ensureAccounts(secrets) };
  })();
  return made;
}

export async function startServerWithAccounts(): Promise<NatsServer> {
  const { secrets, accounts } = await installation();
  return NatsServer.start(renderAccounts(accounts, { resolver: mkdtempSync(join(secrets, "resolver-")) }));
}

/** Of a role, or of `operator` or `system`. */
export async function credsFileFor(user: string): Promise<string> {
  return credsFileOf((await installation()).secrets, user);
}

/** What a plain client connects with. */
export async function signInAs(server: NatsServer, user: string): Promise<ConnectionOptions> {
  return signInWith(server.url, await credsFileFor(user), user);
}

export async function openBus(server: NatsServer, role: RoleName): Promise<NatsBus> {
  const config = { url: server.url, credsFile: await credsFileFor(role) };
  return NatsBus.open(config, { role, instance: "0123456789ab", version: "0" }, { log: silentLog });
}
