import { join } from "node:path";
import { natsUsers, passwordVariable } from "../nats/permissions.ts";
import { ensureSecret } from "./secrets.ts";
import type { Program } from "./supervisor.ts";

const config = join(import.meta.dirname, "../nats/nats.conf");

export type NatsPasswords = Readonly<Record<string, string>>;

/** A password for each user of NATS, by user name. */
export function ensureNatsPasswords(directory: string): NatsPasswords {
  return Object.fromEntries(natsUsers.map(({ name }) => [name, ensureSecret(directory, `nats-password-${name}`)]));
}

export function natsServerProgram(given: {
  readonly binary: string;
  readonly port: number;
  readonly storeDir: string;
  readonly passwords: NatsPasswords;
  readonly cwd: string;
}): Program {
  const passwords = Object.entries(given.passwords).map(([user, password]) => [passwordVariable(user), password]);
  return {
    name: "nats",
    command: given.binary,
    args: ["-c", config, "-a", "127.0.0.1", "-p", String(given.port), "-sd", given.storeDir],
    env: Object.fromEntries([["PATH", process.env.PATH], ...passwords]),
    cwd: given.cwd,
  };
}
