/** Where an installation keeps what a backup saves: under `npm start` in `.run`, in containers in volumes. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commonSchema, readConfig } from "@veche/kit/config.ts";
import { type NatsConfig, natsConfig } from "@veche/kit/nats-bus.ts";
import { connectOnce } from "@veche/kit/nats-link.ts";
import { whyNotConnected } from "@veche/kit/nats-sign-in.ts";
import { readOrNot, writeWhole } from "../nats/files.ts";
import { accountUser } from "../nats/jwt.ts";
import { Fault } from "../users/fault.ts";

export type Installation = {
  readonly secrets: string;
  /** The certificates of web: its private authority, those ordered by ACME and the account they were ordered with. */
  readonly web: string;
  /** Where nats-server keeps its files. */
  readonly natsStore: string;
};

/** VECHE_SECRETS_DIR is set in the containers of `backup` and `restore`. */
export function installationOf(dataDir: string, env: NodeJS.ProcessEnv): Installation {
  return {
    secrets: env.VECHE_SECRETS_DIR ?? join(dataDir, "secrets"),
    web: env.VECHE_WEB_DATA_DIR ?? join(dataDir, "web"),
    natsStore: env.VECHE_NATS_STORE_DIR ?? join(dataDir, "nats"),
  };
}

export function areContainers(env: NodeJS.ProcessEnv): boolean {
  return env.VECHE_SECRETS_DIR !== undefined;
}

export type NatsConnection = Awaited<ReturnType<typeof connectOnce>>;

/** With all rights of the account: as a user that is made for this moment, unless the environment names one. */
export async function connectToNats(
  { secrets }: Pick<Installation, "secrets">,
  given: { readonly url: string; readonly caFile?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<NatsConnection> {
  const { url, caFile = "", env = {} } = given;
  const inbox = "_INBOX";
  try {
    if (env.NATS_USER || env.NATS_CREDS_FILE)
      return await connectOnce({ ...natsConfig(readConfig(commonSchema, env)), url }, "backup", inbox);
    return await asAccountUser(secrets, (credsFile) =>
      connectOnce({ url, caFile, credsFile } satisfies NatsConfig, "backup", inbox),
    );
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault("unreachable", `no connection to NATS at ${url}: ${whyNotConnected(error)}`, { cause: error });
  }
}

async function asAccountUser<T>(secrets: string, use: (credsFile: string) => Promise<T>): Promise<T> {
  const seed = readOrNot(join(secrets, "nats/keys/account.nk"));
  if (seed === undefined) throw new Fault("refused", `there is no installation here: ${secrets} has no keys of NATS`);
  const folder = mkdtempSync(join(tmpdir(), "veche-backup-"));
  try {
    const file = join(folder, "backup.creds");
    writeWhole(file, (await accountUser("backup", seed.trim())).creds);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of the package at the root of the checkout or the image. */
export function vecheVersion(): string {
  const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
