/** A nats-server with the accounts and permissions of an installation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescMessage } from "@bufbuild/protobuf";
import type { ConnectionOptions } from "@nats-io/transport-node";
import { type Accounts, credsFileOf, ensureAccounts } from "@veche/deploy/nats/accounts.ts";
import { roleNames } from "@veche/deploy/nats/permissions.ts";
import { renderAccounts } from "@veche/deploy/nats/server-config.ts";
import type { Bucket } from "@veche/kit/bus.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBucket } from "@veche/kit/nats-bucket.ts";
import { inboxPrefixOf, NatsBus } from "@veche/kit/nats-bus.ts";
import { NatsLink } from "@veche/kit/nats-link.ts";
import { NatsServer } from "@veche/kit/nats-server.ts";
import { NatsStorage } from "@veche/kit/nats-storage.ts";
import { type RoleContract, type RoleName, roles } from "@veche/proto/roles.ts";
import type { BucketContract } from "@veche/proto/storage.ts";
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

export type Owner = AsyncDisposable & { open<M extends DescMessage>(schema: M): Promise<Bucket<M>> };

/** Who writes to a bucket: a role, or a command of the operator's. */
export async function openOwner(server: NatsServer, contract: BucketContract): Promise<Owner> {
  const table: Readonly<Record<RoleName, RoleContract>> = roles;
  const role = roleNames().find((name) => table[name].buckets.includes(contract));
  if (role) {
    const bus = await openBus(server, role);
    return { open: (schema) => bus.bucket(contract, schema), [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
  }
  const inboxPrefix = inboxPrefixOf("operator");
  const config = { url: server.url, credsFile: await credsFileFor("operator") };
  const link = await NatsLink.open(config, "operator", inboxPrefix, silentLog);
  const storage = await NatsStorage.open(link, inboxPrefix, silentLog);
  return {
    open: (schema) => NatsBucket.open({ link, storage, contract, schema, inboxPrefix, isOurs: true, log: silentLog }),
    [Symbol.asyncDispose]: () => link.close(),
  };
}

export async function openBus(server: NatsServer, role: RoleName): Promise<NatsBus> {
  const config = { url: server.url, credsFile: await credsFileFor(role) };
  return NatsBus.open(config, { role, instance: "0123456789ab", version: "0" }, { log: silentLog });
}
