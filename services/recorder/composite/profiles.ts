/** A folder for each browser, removed afterwards; what a killed recorder left is removed by the next. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "veche-composite-";
const ours = new Set<string>();

/** An empty folder, named by this process so that others know whose it is. */
export async function makeProfile(): Promise<AsyncDisposable & { readonly path: string }> {
  await removeStale();
  const path = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  ours.add(path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      // What is left of the browser may still be writing.
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      ours.delete(path);
    },
  };
}

async function removeStale(): Promise<void> {
  const names = await readdir(tmpdir());
  const stale = names.filter((name) => {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split("-")[0]) : Number.NaN;
    if (!Number.isSafeInteger(owner) || owner <= 0) return false;
    // In a container the recorder has the same process id each time.
    return owner === process.pid ? !ours.has(join(tmpdir(), name)) : !isRunning(owner);
  });
  await Promise.allSettled(stale.map((name) => rm(join(tmpdir(), name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
