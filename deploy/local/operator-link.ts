/** How the operator's commands reach NATS: that of this checkout's installation, or the one the environment names. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { commonSchema, readConfig } from "@veche/kit/config.ts";
import type { Log } from "@veche/kit/log.ts";
import { inboxPrefixOf, type NatsConfig, natsConfig } from "@veche/kit/nats-bus.ts";
import { NatsLink } from "@veche/kit/nats-link.ts";
import { credsFileOf } from "../nats/accounts.ts";
import { defaultDataDir } from "./data-dir.ts";
import { caFileIn, isForAll, localNatsUrl } from "./nats-server.ts";
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

/** As the roles do. */
function connection(): NatsConfig {
  if (process.env.NATS_URL) {
    const config = natsConfig(readConfig(commonSchema, process.env));
    return { ...config, user: config.user || user };
  }
  const { nats } = readPorts(process.env);
  const listen = process.env.NATS_LISTEN_ADDRESS || "127.0.0.1";
  const caFile = isForAll(listen) ? caFileIn(join(defaultDataDir(), "secrets")) : "";
  return { url: localNatsUrl(listen, nats), credsFile: localCreds(), caFile };
}

function localCreds(): string {
  const path = credsFileOf(join(defaultDataDir(), "secrets"), user);
  if (existsSync(path)) return path;
  throw new Error(`there is no installation here yet (${path} is missing): npm start makes one, or set NATS_URL`);
}
