import { execFileSync } from "node:child_process";
import { join, relative } from "node:path";
import { ensureAccounts } from "../nats/accounts.ts";
import { renderAccounts } from "../nats/server-config.ts";
import type { Program } from "./supervisor.ts";

const config = join(import.meta.dirname, "../nats/nats.conf");
const adopt = join(import.meta.dirname, "../nats/adopt-streams.sh");

/**
 * nats-server with the accounts of an installation: `secrets` has their keys, `directory` becomes its own. What an earlier
 * one stored there without accounts is taken over.
 */
export async function prepareNatsServer(given: {
  readonly binary: string;
  readonly port: number;
  readonly directory: string;
  readonly secrets: string;
}): Promise<Program> {
  const { binary, port, directory, secrets } = given;
  const resolver = join(directory, "jwt");
  const accounts = await ensureAccounts(secrets, resolver);
  execFileSync("sh", [adopt, directory, accounts.veche], { stdio: ["ignore", "ignore", "pipe"] });
  accounts.files.write("accounts.conf", renderAccounts(accounts, { resolver }));
  // The server joins what is included to the folder of the file that includes it.
  const file = "server.conf";
  accounts.files.write(file, `include "${relative(accounts.files.directory, config)}"\ninclude "accounts.conf"\n`);
  return {
    name: "nats",
    command: binary,
    args: ["-c", accounts.files.path(file), "-a", "127.0.0.1", "-p", String(port), "-sd", directory],
    env: { PATH: process.env.PATH },
    cwd: directory,
  };
}
