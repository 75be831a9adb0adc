/** Where the installation is whose accounts a command changes: this checkout's, or that of the container it runs in. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createLogger } from "@veche/kit/log.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { defaultDataDir } from "../local/data-dir.ts";
import { caFileIn, isForAll, localNatsUrl } from "../local/nats-server.ts";
import { openOperatorLink } from "../local/operator-link.ts";
import { readPorts } from "../local/ports.ts";
import { Fault } from "../users/fault.ts";
import { type Accounts, ensureAccounts } from "./accounts.ts";
import { SystemLink } from "./system-link.ts";

export type Installation = {
  /** Keys and certificates; VECHE_SECRETS_DIR in containers. */
  readonly secretsDirectory: string;
  readonly url: string;
  readonly caFile: string;
};

export function thisInstallation(env: NodeJS.ProcessEnv = process.env): Installation {
  const secretsDirectory = env.VECHE_SECRETS_DIR || join(defaultDataDir(), "secrets");
  if (!existsSync(join(secretsDirectory, "nats/keys")))
    throw new Fault(
      "unreachable",
      `there is no installation here yet (${secretsDirectory}/nats is missing): npm start and docker compose up make one`,
    );
  if (env.NATS_URL) return { secretsDirectory, url: env.NATS_URL, caFile: env.NATS_CA_FILE ?? "" };
  const listen = env.NATS_LISTEN_ADDRESS || "127.0.0.1";
  const caFile = isForAll(listen) ? caFileIn(secretsDirectory) : "";
  return { secretsDirectory, url: localNatsUrl(listen, readPorts(env).nats), caFile };
}

export function accountsOf({ secretsDirectory }: Installation): Promise<Accounts> {
  return ensureAccounts(secretsDirectory);
}

export function openSystem(installation: Installation): Promise<SystemLink> {
  return SystemLink.open(installation);
}

/** As the operator; a server that is not there is a fault rather than something to wait for. */
export async function openOperator(name: string): Promise<{ readonly link: NatsLink; readonly prefix: string }> {
  const patience = AbortSignal.timeout(10_000);
  try {
    return await openOperatorLink(name, createLogger("operator", "fatal"), patience);
  } catch (error) {
    if (error instanceof Fault || !patience.aborted) throw error;
    throw new Fault("unreachable", "NATS does not answer: does Veche run?", { cause: error });
  }
}
