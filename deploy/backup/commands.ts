/** `backup` and `restore` with what they were told. */
import { AlreadyRunning, Lock } from "../local/lock.ts";
import { caFileIn, isForAll, localNatsUrl } from "../local/nats-server.ts";
import { readPorts } from "../local/ports.ts";
import { SystemLink } from "../nats/system-link.ts";
import { Fault } from "../users/fault.ts";
import { ArchiveWriter, checkArchive, type Manifest, type ReadOptions, readParts } from "./archive.ts";
import { bringBackFiles, bringBackStreams, whatIsThere } from "./bring-back.ts";
import { readBackup, writeBackup } from "./file.ts";
import { areContainers, connectToNats, type Installation, type NatsConnection, vecheVersion } from "./installation.ts";
import { withLocalNats } from "./local-nats.ts";
import { save } from "./save.ts";
import type { TarEntry } from "./tar.ts";

export type Surroundings = {
  readonly dataDir: string;
  readonly installation: Installation;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
};

export async function backUp(
  around: Surroundings,
  options: { readonly path: string; readonly passphrase: string | undefined; readonly withFacts: boolean },
): Promise<void> {
  const { installation, say } = around;
  const manifest = await withNats(around, async ({ url, caFile, connection }) => {
    await using link = await systemLink(around, { url, caFile });
    return await writeBackup(options.path, options.passphrase, async (sink) => {
      const archive = await ArchiveWriter.open(sink, vecheVersion(), Date.now());
      return save({ archive, installation, connection, accounts: link ?? undefined, withFacts: options.withFacts });
    });
  });
  say(`${options.path}: ${inWords(manifest)}`);
}

/** `step` is for containers, where NATS starts between the two. */
export async function restore(
  around: Surroundings,
  options: {
    readonly path: string;
    readonly passphrase: string | undefined;
    readonly force: boolean;
    readonly step: "all" | "check" | "files" | "streams";
  },
): Promise<void> {
  const { path, passphrase, force, step } = options;
  const reading: ReadOptions = { passphrase, version: vecheVersion() };
  const parts = () => readParts(readBackup(path), reading);
  if (step === "all" || step === "check") await check(around, path, reading, force);
  if (step === "all") await restoreHere(around, parts);
  if (step === "files") await restoreFiles(around, parts());
  if (step === "streams") await withNats(around, async ({ connection }) => restoreStreams(around, parts(), connection));
}

async function check({ installation, say }: Surroundings, path: string, reading: ReadOptions, force: boolean) {
  const manifest = await checkArchive(readBackup(path), reading);
  say(`${path} is whole: ${inWords(manifest)}, made ${manifest.madeAt} by Veche ${manifest.veche}`);
  const there = whatIsThere(installation);
  if (there !== undefined && !force)
    throw new Fault(
      "refused",
      `there is an installation here (${there}): --force puts the backup in its place. Nothing was changed`,
    );
}

async function restoreHere(around: Surroundings, parts: () => AsyncIterable<TarEntry>): Promise<void> {
  if (areContainers(around.env))
    throw new Fault("usage", "in containers a restore takes several steps: sh deploy/backup/restore.sh <file>");
  using _lock = await Lock.take(around.dataDir, "npm run restore");
  await restoreFiles(around, parts());
  await withLocalNats(around.installation, ({ connection }) => restoreStreams(around, parts(), connection));
  around.say("done: npm start");
}

async function restoreFiles({ installation, say }: Surroundings, parts: AsyncIterable<TarEntry>) {
  say(`${await bringBackFiles(parts, installation)} files of secrets and certificates are back`);
}

async function restoreStreams(
  { say }: Surroundings,
  parts: AsyncIterable<TarEntry>,
  connection: NatsConnection,
): Promise<void> {
  const streams = await bringBackStreams(parts, connection);
  for (const [name, messages] of Object.entries(streams)) say(`${nameOf(name)}: ${messages}`);
}

type Nats = { readonly url: string; readonly caFile: string; readonly connection: NatsConnection };

/** Of the environment, of the installation that runs, or one started for the moment where nothing runs. */
async function withNats<T>(around: Surroundings, use: (nats: Nats) => Promise<T>): Promise<T> {
  const { dataDir, installation, env } = around;
  const caFile = env.NATS_CA_FILE ?? "";
  if (env.NATS_URL) return connected(installation, { url: env.NATS_URL, caFile, env }, use);
  const lock = await tryLock(dataDir);
  if (!lock) {
    const listen = env.NATS_LISTEN_ADDRESS || "127.0.0.1";
    const ownCa = isForAll(listen) ? caFileIn(installation.secrets) : "";
    return connected(installation, { url: localNatsUrl(listen, readPorts(env).nats), caFile: ownCa }, use);
  }
  using _held = lock;
  if (whatIsThere(installation) === undefined)
    throw new Fault("refused", `there is no installation in ${dataDir}: npm start makes one, or set NATS_URL`);
  return await withLocalNats(installation, (nats) => use({ ...nats, caFile }));
}

async function connected<T>(
  installation: Installation,
  given: { readonly url: string; readonly caFile: string; readonly env?: NodeJS.ProcessEnv },
  use: (nats: Nats) => Promise<T>,
): Promise<T> {
  const connection = await connectToNats(installation, given);
  try {
    return await use({ ...given, connection });
  } finally {
    await connection.close();
  }
}

/** Undefined while Veche runs here. */
async function tryLock(dataDir: string): Promise<Lock | undefined> {
  try {
    return await Lock.take(dataDir, "npm run backup");
  } catch (error) {
    if (error instanceof AlreadyRunning) return undefined;
    throw error;
  }
}

/** None with a NATS of the operator's own, whose accounts are his. */
async function systemLink(
  { installation, env }: Surroundings,
  nats: { readonly url: string; readonly caFile: string },
): Promise<SystemLink | null> {
  if (env.NATS_USER || env.NATS_CREDS_FILE) return null;
  return SystemLink.open({ ...nats, secretsDirectory: installation.secrets });
}

function inWords({ streams, parts }: Manifest): string {
  const files = parts.filter(({ name }) => name.startsWith("secrets/") || name.startsWith("web/")).length;
  const bytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const counts = Object.entries(streams).map(([name, messages]) => `${nameOf(name)} ${messages}`);
  return `${files} files of secrets and certificates, ${counts.join(", ")}; ${(bytes / 1e6).toFixed(1)} MB`;
}

function nameOf(stream: string): string {
  return stream.startsWith("KV_") ? stream.slice(3) : `facts of ${stream}`;
}
