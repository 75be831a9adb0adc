/** The private directory that Kamailio is configured from. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { contactTokenOf } from "../contact-token.ts";
import { type Link, type TrunkFacts, writeConfig } from "./config-text.ts";
import { writeTlsConfig } from "./config-tls.ts";
import type { KamailioOptions } from "./options.ts";

export type Prepared = { readonly link: Link; readonly configPath: string; readonly trunks: readonly TrunkFacts[] };

export async function prepare(options: KamailioOptions): Promise<Prepared> {
  const { process, listen, tls } = options;
  const { directory } = process;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const write = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    await chmod(path, 0o600);
    return path;
  };
  const link: Link =
    process.kind === "own"
      ? { address: "127.0.0.1", port: await findPort(), secret: makeSecret() }
      : { address: "0.0.0.0", port: process.port, secret: await keptSecret(join(directory, "secret")) };
  const tlsPath = listen.tls !== 0 && tls ? await write("tls.cfg", writeTlsConfig(tls)) : undefined;
  const trunks = options.trunks.map((trunk) => ({ ...trunk, contactToken: contactTokenOf(trunk) }));
  return { link, trunks, configPath: await write("kamailio.cfg", writeConfig(options, trunks, link, tlsPath)) };
}

function makeSecret(): string {
  return randomBytes(24).toString("hex");
}

/** Kept, so that a gateway that starts anew does not make Kamailio start anew, too. */
async function keptSecret(path: string): Promise<string> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (/^[0-9a-f]{48}$/.test(kept)) return kept;
  const secret = makeSecret();
  await writeFile(path, secret, { mode: 0o600 });
  return secret;
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
