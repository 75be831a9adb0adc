import { execFileSync } from "node:child_process";
import { join, relative } from "node:path";
import { InternalCa } from "../hosts/internal-ca.ts";
import { AccountLock } from "../nats/account-lock.ts";
import { ensureAccounts } from "../nats/accounts.ts";
import { type ClusterPlan, clusterStore, renderCluster, routePassword } from "../nats/cluster.ts";
import { renderAccounts, type ServerTls } from "../nats/server-config.ts";
import { ensureSecret } from "./secrets.ts";
import type { Program } from "./supervisor.ts";

const config = join(import.meta.dirname, "../nats/nats.conf");
const adopt = join(import.meta.dirname, "../nats/adopt-streams.sh");

const loopback = "127.0.0.1";

/** Whether it listens for more than this machine; it speaks TLS only then, also to the roles here. */
export function isForAll(listen: string): boolean {
  return ![loopback, "::1", "localhost"].includes(listen);
}

/** Where the roles of this machine reach it. */
export function localNatsUrl(listen: string, port: number): string {
  if (!isForAll(listen)) return `nats://${loopback}:${port}`;
  return `tls://${listen === "0.0.0.0" ? loopback : listen}:${port}`;
}

/** Paths of the internal authority's root, and of what the server shows. */
export function caFileIn(secrets: string): string {
  return join(secrets, "internal-ca", "ca.crt");
}

async function keepTls(secrets: string, names: readonly string[]): Promise<ServerTls> {
  const ca = await InternalCa.open(secrets);
  await ca.keep("nats", [...new Set(["localhost", loopback, ...names.filter((name) => name !== "0.0.0.0")])]);
  return { certFile: join(ca.directory, "nats.crt"), keyFile: join(ca.directory, "nats.key") };
}

/**
 * nats-server with the accounts of an installation: `secrets` has their keys, `directory` becomes its own. What an earlier
 * one stored there without accounts is taken over.
 */
export async function prepareNatsServer(given: {
  readonly binary: string;
  readonly port: number;
  readonly directory: string;
  readonly secrets: string;
  /** Other hosts may come there, by TLS, where it is not loopback. */
  readonly listen?: string;
  /** By which other hosts know this one. */
  readonly names?: readonly string[];
  /** Of which it is a member. */
  readonly cluster?: ClusterPlan | undefined;
}): Promise<Program> {
  const { binary, port, directory, secrets, listen = loopback, names = [], cluster } = given;
  if (cluster && !isForAll(listen)) {
    throw new Error(
      `NATS_CLUSTER: expected NATS_LISTEN_ADDRESS to be an address that other hosts reach, found ${listen}`,
    );
  }
  const resolver = join(directory, "jwt");
  using _alone = await AccountLock.take(secrets, "npm start");
  const accounts = await ensureAccounts(secrets, resolver);
  execFileSync("sh", [adopt, directory, accounts.veche], { stdio: ["ignore", "ignore", "pipe"] });
  accounts.files.write(
    "accounts.conf",
    renderAccounts(accounts, {
      resolver,
      ...(isForAll(listen) ? { tls: await keepTls(secrets, [listen, ...names]) } : {}),
    }),
  );
  // The server joins what is included to the folder of the file that includes it.
  const file = "server.conf";
  const included = [relative(accounts.files.directory, config), "accounts.conf", "cluster.conf"];
  accounts.files.write(file, included.map((path) => `include ${JSON.stringify(path)}\n`).join(""));
  const storeDir = cluster ? clusterStore(directory) : directory;
  const tls = cluster && { ...(await keepTls(secrets, [listen, ...names])), caFile: caFileIn(secrets) };
  const password = ensureSecret(secrets, routePassword);
  accounts.files.write("cluster.conf", cluster && tls ? renderCluster(cluster, { storeDir, tls, password, port }) : "");
  return {
    name: "nats",
    command: binary,
    args: ["-c", accounts.files.path(file), "-a", listen, "-p", String(port), "-sd", storeDir],
    env: { PATH: process.env.PATH },
    cwd: directory,
  };
}
