/** Puts what an installation is made of into a backup, while it runs. */

import { snapshotOf } from "../nats/snapshots.ts";
import type { ArchiveWriter, Manifest } from "./archive.ts";
import { streamsToSave } from "./contents.ts";
import { filesOf, readIn } from "./folders.ts";
import type { Installation, NatsConnection } from "./installation.ts";

/** What NATS knows of accounts beside our files: subscribers, and who was cut off. */
export type AccountBook = { list(): Promise<readonly string[]>; lookup(key: string): Promise<string | undefined> };

export async function save(given: {
  readonly archive: ArchiveWriter;
  readonly installation: Installation;
  readonly connection: NatsConnection;
  /** Undefined with a NATS of the operator's own. */
  readonly accounts: AccountBook | undefined;
  readonly withFacts: boolean;
}): Promise<Manifest> {
  const { archive, installation, connection, accounts, withFacts } = given;
  await saveFolder(archive, "secrets", installation.secrets);
  await saveFolder(archive, "web", installation.web);
  if (accounts) await saveAccounts(archive, accounts);
  for (const stream of streamsToSave({ withFacts })) await saveStream(archive, connection, stream);
  return archive.finish();
}

async function saveFolder(archive: ArchiveWriter, name: string, folder: string): Promise<void> {
  for (const path of filesOf(folder)) await archive.add(`${name}/${path}`, readIn(folder, path));
}

async function saveAccounts(archive: ArchiveWriter, accounts: AccountBook): Promise<void> {
  for (const key of await accounts.list()) {
    const jwt = await accounts.lookup(key);
    if (jwt !== undefined) await archive.add(`accounts/${key}.jwt`, Buffer.from(jwt));
  }
}

async function saveStream(archive: ArchiveWriter, connection: NatsConnection, stream: string): Promise<void> {
  const snapshot = await snapshotOf(connection, stream);
  if (!snapshot) return;
  const { config, state } = snapshot;
  await archive.add(`streams/${stream}/stream.json`, Buffer.from(JSON.stringify({ config, state })));
  let piece = 0;
  for await (const content of snapshot.pieces) {
    await archive.add(`streams/${stream}/${String(piece).padStart(6, "0")}.snapshot`, content);
    piece += 1;
  }
  archive.countStream(stream, Number(state.messages ?? 0));
}
