/** A nats-server with the users and permissions of an installation. */
import { natsUsers, passwordVariable } from "@veche/deploy/nats/permissions.ts";
import { renderPermissions } from "@veche/deploy/nats/render.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { NatsServer } from "@veche/kit/nats-server.ts";
import type { RoleName } from "@veche/proto/roles.ts";

export function passwordOf(user: string): string {
  return `secret-of-${user}`;
}

export function startServerWithAccounts(): Promise<NatsServer> {
  for (const { name } of natsUsers) process.env[passwordVariable(name)] = passwordOf(name);
  return NatsServer.start(renderPermissions());
}

export function openBus(server: NatsServer, role: RoleName): Promise<NatsBus> {
  const config = { url: server.url, user: role, password: passwordOf(role) };
  return NatsBus.open(config, { role, instance: "0123456789ab", version: "0" }, { log: silentLog });
}
