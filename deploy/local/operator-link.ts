/** How the operator's commands reach NATS: that of this checkout's installation, or the one the environment names. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commonSchema, readConfig } from "@veche/kit/config.ts";
import type { Log } from "@veche/kit/log.ts";
import { inboxPrefixOf, type NatsConfig, natsConfig } from "@veche/kit/nats-bus.ts";
import { NatsLink } from "@veche/kit/nats-link.ts";
import { defaultDataDir } from "./data-dir.ts";
import { readPorts } from "./ports.ts";

const user = "operator";

/** Waits for a server that is not there yet until `signal` says no more. `prefix` is that of its inboxes. */
export async function openOperatorLink(
  name: string,
  log: Log,
  signal?: AbortSignal,
): Promise<{ readonly link: NatsLink; readonly prefix: string }> {
  const prefix = inboxPrefixOf(process.env.NATS_USER ?? user);
  return { link: await NatsLink.open(connection(), name, prefix, log, signal), prefix };
}

/** As the roles do: NATS_PASSWORD, or the content of NATS_PASSWORD_FILE. */
function connection(): NatsConfig {
  if (process.env.NATS_URL) {
    const config = natsConfig(readConfig(commonSchema, process.env));
    return { ...config, user: config.user || user };
  }
  const { nats } = readPorts(process.env);
  return { url: `nats://127.0.0.1:${nats}`, user, password: localPassword() };
}

function localPassword(): string {
  const path = join(defaultDataDir(), "secrets", `nats-password-${user}`);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Error(`there is no installation here yet (${path} is missing): npm start makes one, or set NATS_URL`, {
      cause: error,
    });
  }
}
