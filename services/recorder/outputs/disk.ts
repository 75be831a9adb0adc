/** Writing so that it is still there after the power went: files and the folders that name them are flushed. */
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SessionError } from "../session/contract.ts";

/** Flushes a file's data, or a folder's list of names. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a small file so that there is either the old or the new one, whatever happens. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const handle = await open(`${path}.new`, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
  await flush(dirname(path));
}

export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const diskTexts: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full.",
  EDQUOT: "The disk quota is used up.",
  EROFS: "The disk is read-only.",
  EIO: "The disk does not work.",
};

/** What went wrong on the disk, as the session is told. */
export function diskError(cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const text = diskTexts[code];
  if (text) return new SessionError("no-disk", text, { cause });
  return new SessionError("internal", `The recording could not be written${code && ` (${code})`}.`, { cause });
}
