import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { NotedFile } from "./folder.ts";
import { StorageRefusal } from "./upload/http.ts";
import type { Storage } from "./upload/storage.ts";

const firstPauseMs = 2_000;
const lastPauseMs = 10 * 60_000;

export type Delivered = {
  readonly recording: string;
  readonly folder: string;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called after each file that is there, so that it is not sent again. */
  readonly noted: (file: NotedFile) => Promise<void>;
  /** Called once, when some tries have failed: others need not wait for it any longer. */
  readonly isSlow: () => void;
};

/** After so many failures in a row it counts as slow. */
const slowAfter = 3;

/** Uploads what is not there yet, and tries again, later each time, until it is or `signal` ends it. */
export async function deliver(files: readonly NotedFile[], given: Delivered): Promise<void> {
  const { recording, folder, storage, clock, log, signal } = given;
  let failures = 0;
  for (const file of files) {
    while (!storage.has(file.location)) {
      signal.throwIfAborted();
      try {
        const put = { path: join(folder, file.name), sizeBytes: file.sizeBytes, type: file.type };
        const location = await storage.put({ recording, name: file.name }, put, signal);
        await given.noted({ ...file, location });
        failures = 0;
        break;
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        // What is refused for good may be allowed once the operator has set it right.
        const isRefused = error instanceof StorageRefusal && error.isFinal;
        const waitMs = isRefused ? lastPauseMs : Math.min(lastPauseMs, firstPauseMs * 2 ** (failures - 1));
        log.warn({ recording, failures, waitMs, err: error }, "a recording could not be uploaded; it is tried again");
        if (failures === slowAfter || (isRefused && failures < slowAfter)) given.isSlow();
        await pause(clock, waitMs, signal);
      }
    }
  }
}

export async function removeLocal(folder: string, files: readonly NotedFile[]): Promise<void> {
  const names = files.flatMap(({ name, copyOf }) => (copyOf === undefined ? [name] : [name, copyOf]));
  for (const name of names) await rm(join(folder, name), { force: true });
}

export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.after(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
