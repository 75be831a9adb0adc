/** Recordings that go: deleted by somebody, or grown too old. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Entries } from "./entries.ts";
import type { RecordingFacts } from "./facts.ts";
import type { Finishing } from "./finishing.ts";
import { folderOf, removeFolder } from "./folder.ts";
import { type Ending, endings, isGoing } from "./going.ts";
import type { Storage } from "./upload/storage.ts";

const sweepMs = 60_000;

export type RemovalOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: string;
  readonly root: string;
  /** 0: for ever. */
  readonly keepMs: number;
  readonly storage: Storage | undefined;
  readonly entries: Entries;
  readonly facts: RecordingFacts;
  readonly finishing: Finishing;
};

export class Removal implements Disposable {
  readonly #given: RemovalOptions;
  readonly #closing = new AbortController();
  #timer: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(given: RemovalOptions) {
    this.#given = given;
  }

  start(): void {
    this.#timer = this.#given.clock.every(sweepMs, () => void this.sweep());
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#closing.abort(new Error("the recorder is stopping"));
  }

  /** Marked in its entry first: whatever is cut off is gone on with, and nobody sees it any more. */
  async remove(recording: string, ending: Ending): Promise<void> {
    const { entries, finishing } = this.#given;
    const entry = await entries.change(recording, (found) => {
      found.status = ending;
    });
    await finishing.stopDelivery(recording);
    await this.#complete(entry);
  }

  /** What was left half deleted, what was marked while this recorder was away, and what is too old. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { entries, recorder, clock, keepMs, log } = this.#given;
    for (const entry of entries.all()) {
      if (entry.recorder !== recorder || this.#closing.signal.aborted) continue;
      const { recording, status } = entry;
      try {
        if (isGoing(entry)) await this.#complete(entry);
        else if (status === "available" || status === "failed") {
          const expiresMs = keepMs === 0 ? 0 : Number(entry.endedMs) + keepMs;
          if (keepMs > 0 && expiresMs <= clock.now()) await this.remove(recording, "expiring");
          // The setting was changed: people are to see what holds now.
          else if (Number(entry.expiresMs) !== expiresMs) {
            await entries.change(recording, (found) => {
              found.expiresMs = BigInt(expiresMs);
            });
          }
        }
      } catch (error) {
        log.warn({ recording, err: error }, "a recording could not be removed yet");
      }
    }
  }

  async #complete(entry: Recording): Promise<void> {
    const { root, storage, entries, facts, clock, log } = this.#given;
    const { recording, files } = entry;
    const { reason, withUploads } = endings[entry.status as Ending];
    const folder = folderOf(root, recording);
    for (const { location } of withUploads ? files : []) {
      if (storage?.has(location)) await storage.remove(location, this.#closing.signal);
    }
    if (folder !== undefined) await removeFolder(folder);
    await facts.say("recordingDeleted", entry, clock.now(), { reason });
    await entries.remove(recording);
    log.info({ recording, reason }, "recording deleted");
  }
}
