import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { natsUsers, passwordVariable } from "../nats/permissions.ts";
import { ensureSecret } from "./secrets.ts";
import type { Program } from "./supervisor.ts";

const config = join(import.meta.dirname, "../nats/nats.conf");

/** Where setup.ts unpacks Debian's package. */
export const packagedNatsDirectory = join(import.meta.dirname, "../../.cache/nats-server");

/** Debian puts it where ordinary users have no PATH. */
const usualPlaces = ["/usr/sbin", join(packagedNatsDirectory, "usr/sbin"), "/usr/local/bin", "/opt/homebrew/bin"];

export function findNatsServer(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const directories = [...(env.PATH ?? "").split(delimiter), ...usualPlaces];
  return directories.map((directory) => join(directory, "nats-server")).find(isExecutable);
}

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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
