/**
 * carry-over-command.ts <URL of the server from before> <URL of the cluster>: see carry-over.ts. The keys are those of the
 * installation: VECHE_SECRETS_DIR, or `.run/secrets`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectOnce } from "@veche/kit/nats-link.ts";
import { whyNotConnected } from "@veche/kit/nats-sign-in.ts";
import { defaultDataDir } from "../local/data-dir.ts";
import { exitCodes, Fault } from "../users/fault.ts";
import { carryOver } from "./carry-over.ts";
import { accountUser } from "./jwt.ts";

const secrets = process.env.VECHE_SECRETS_DIR ?? join(defaultDataDir(), "secrets");

try {
  const [from, to] = process.argv.slice(2);
  if (!from || !to) throw new Fault("usage", "expected the URL of the server from before, then that of the cluster");
  await using before = await connectAs("carry-over", from);
  await using cluster = await connectAs("carry-over", to);
  const carried = Object.entries(await carryOver(before.connection, cluster.connection));
  for (const [stream, messages] of carried) console.log(`${stream}: ${messages} messages`);
  console.log(carried.length > 0 ? "everything is in the cluster" : "there was nothing to carry over");
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode ?? exitCodes.refused;
}

/** With all rights of the account, as a user that is made for this moment. */
async function connectAs(name: string, url: string) {
  const folder = mkdtempSync(join(tmpdir(), "veche-carry-over-"));
  try {
    const seed = readFileSync(join(secrets, "nats/keys/account.nk"), "utf8").trim();
    const credsFile = join(folder, "creds");
    writeFileSync(credsFile, (await accountUser(name, seed)).creds, { mode: 0o600 });
    const caFile = url.startsWith("tls:") ? join(secrets, "internal-ca/ca.crt") : "";
    const connection = await connectOnce({ url, credsFile, caFile }, name, "_INBOX");
    return { connection, [Symbol.asyncDispose]: () => connection.close() };
  } catch (error) {
    throw new Fault("unreachable", `no connection to NATS at ${url}: ${whyNotConnected(error)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
