/** The file that names trunks, as an operator writes it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type TrunksFile = AsyncDisposable & { readonly path: string };

/** An address of this machine that a test may call from as a telephone system. */
export const systemAddress = "127.0.0.8";

export async function writeTrunks(trunks: readonly object[]): Promise<TrunksFile> {
  const directory = await mkdtemp(join(tmpdir(), "veche-trunks-"));
  const path = join(directory, "trunks.json");
  await writeFile(path, JSON.stringify(trunks), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** A telephone system that is known by its address and believed. */
export const trustedSystem = {
  name: "pbx",
  server: systemAddress,
  isTrusted: true,
  addresses: [`${systemAddress}/32`],
} as const;
