/** Files below VECHE_DATA_DIR; what can't be read or written is said with the name of the setting. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { VecheError } from "@veche/kit/errors.ts";

export async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode });
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Undefined where there is no such file. */
export async function readOrNot(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unusable(join(folder, name), error);
  }
}

/** Whole or not at all, also when the machine loses power. */
export async function write(folder: string, name: string, text: string, mode: number): Promise<void> {
  const path = join(folder, name);
  const draft = `${path}.${randomBytes(4).toString("hex")}.new`;
  try {
    await using file = await open(draft, "wx", mode);
    await file.writeFile(text);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): VecheError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new VecheError("failed-precondition", `VECHE_DATA_DIR: "${path}" can't be used (${code})`, { cause });
}
