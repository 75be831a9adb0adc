/** How a test's own client signs in at the NATS of a stack. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionOptions, credsAuthenticator } from "@nats-io/transport-node";
import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { inboxPrefixOf } from "@veche/kit/nats-bus.ts";

/** As a role, or as `operator`. */
export function signInTo({ nats }: Pick<LocalStack, "nats">, user: string): ConnectionOptions {
  return signInWith(nats.url, nats.credsFile(user), user);
}

export function signInWith(url: string, credsFile: string, user: string): ConnectionOptions {
  const authenticator = credsAuthenticator(() => readFileSync(credsFile));
  return { servers: url, authenticator, inboxPrefix: inboxPrefixOf(user) };
}

/** Every private key that was made for NATS, by its file. */
export function natsSeeds(secretsDirectory: string): Map<string, string> {
  const root = join(secretsDirectory, "nats");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.(nk|creds)$/.test(name));
  return new Map(files.map((name) => [name, seedIn(readFileSync(join(root, name), "utf8"))]));
}

function seedIn(text: string): string {
  return /\bS[OAU][A-Z2-7]{56}\b/.exec(text)?.[0] ?? text.trim();
}
