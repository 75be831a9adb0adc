/** The file of a backup on the disk: for its owner only, whole or not there at all. */
import { createReadStream, existsSync, fstatSync, readFileSync, rmSync } from "node:fs";
import { link, open } from "node:fs/promises";
import { Fault } from "../users/fault.ts";
import type { Sink } from "./archive.ts";
import { plainSealing, type Sealing, sealing } from "./encryption.ts";

/** "-" is standard output: a pipe, or a file that nobody else may read. */
export async function writeBackup<T>(
  path: string,
  passphrase: string | undefined,
  fill: (sink: Sink) => Promise<T>,
): Promise<T> {
  const seal = passphrase === undefined ? plainSealing() : sealing(passphrase);
  return path === "-" ? toStandardOutput(seal, fill) : toFile(path, seal, fill);
}

async function toFile<T>(path: string, seal: Sealing, fill: (sink: Sink) => Promise<T>): Promise<T> {
  if (existsSync(path)) throw new Fault("refused", `${path} is there already: nothing is written over`);
  const partial = `${path}.part`;
  rmSync(partial, { force: true });
  const file = await open(partial, "wx", 0o600);
  try {
    await file.writeFile(seal.start);
    const made = await fill(async (bytes) => void (await file.writeFile(seal.update(bytes))));
    await file.writeFile(seal.end());
    await file.sync();
    // Unlike renaming it writes over nothing that has come meanwhile.
    await link(partial, path);
    return made;
  } finally {
    await file.close();
    rmSync(partial, { force: true });
  }
}

async function toStandardOutput<T>(seal: Sealing, fill: (sink: Sink) => Promise<T>): Promise<T> {
  const { stdout } = process;
  const target = fstatSync(1);
  if (stdout.isTTY) throw new Fault("usage", "a backup is no text for a terminal: name a file, or lead it into one");
  if (target.isFile() && (target.mode & 0o077) !== 0)
    throw new Fault("refused", "others may read the file that it would be written to: umask 077 before, or chmod 600");
  const write = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
  await write(seal.start);
  const made = await fill((bytes) => write(seal.update(bytes)));
  await write(seal.end());
  return made;
}

/** "-" is standard input. */
export function readBackup(path: string): AsyncIterable<Buffer> {
  if (path === "-") return process.stdin;
  if (!existsSync(path)) throw new Fault("usage", `there is no file ${path}`);
  return createReadStream(path, { highWaterMark: 2 ** 18 });
}

/** Its first line. Short ones can be found by trying. */
export function readPassphrase(file: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const text = file === undefined ? env.VECHE_BACKUP_PASSPHRASE : readFileSync(file, "utf8").split(/\r?\n/)[0];
  if (text === undefined || (file === undefined && text === "")) return undefined;
  if (text.length < 12)
    throw new Fault("usage", `the passphrase: expected at least 12 characters, found ${text.length}`);
  return text;
}
