/** Recordings that go: deleted by somebody, or grown too old. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Entries } from "./entries.ts";
import type { RecordingFacts } from "./facts.ts";
import type { Finishing } from "./finishing.ts";
import { folderOf, removeFolder } from "./folder.ts";
import { holdersOf, strike } from "./former.ts";
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

  /**
   * Marked in its entry first: whatever is cut off is gone on with, and nobody sees it any more. Returns the recorders
   * that have something of it still, and remove it when they hear of it.
   */
  async remove(recording: string, ending: Ending): Promise<readonly string[]> {
    const { entries, recorder } = this.#given;
    const entry = await entries.change(recording, (found) => {
      found.status = ending;
    });
    const holders = holdersOf(entry);
    return holders.length === 0 || holders.includes(recorder) ? this.#complete(entry) : holders;
  }

  /** What was left half deleted, what was marked while this recorder was away, and what is too old. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { entries, recorder, clock, keepMs, log } = this.#given;
    for (const entry of entries.all()) {
      if (this.#closing.signal.aborted) return;
      const holders = holdersOf(entry);
      if (holders.length > 0 && !holders.includes(recorder)) continue;
      const { recording, status } = entry;
      try {
        if (isGoing(entry)) await this.#complete(entry);
        else if (status === "available" || status === "failed") {
          const expiresMs = keepMs === 0 ? 0 : Number(entry.endedMs) + keepMs;
          if (keepMs > 0 && expiresMs <= clock.now()) await this.remove(recording, "expiring");
          // The setting was changed: people are to see what holds now.
          else if (entry.recorder === recorder && Number(entry.expiresMs) !== expiresMs) {
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

  async #complete(entry: Recording): Promise<readonly string[]> {
    const { root, recorder, storage, entries, facts, finishing, clock, log } = this.#given;
    const { recording } = entry;
    const { reason, withUploads } = endings[entry.status as Ending];
    const folder = folderOf(root, recording);
    await finishing.stop(recording);
    // An upload may have ended since.
    const files = (await entries.find(recording))?.files ?? [];
    for (const { location } of withUploads ? files : []) {
      if (storage?.has(location)) await storage.remove(location, this.#closing.signal);
    }
    if (folder !== undefined) await removeFolder(folder);
    const left = holdersOf(await entries.change(recording, (found) => strike(found, recorder)));
    if (left.length > 0) {
      log.info({ recording, reason, left }, "what is here of a deleted recording is removed");
      return left;
    }
    await facts.say("recordingDeleted", entry, clock.now(), { reason });
    await entries.remove(recording);
    log.info({ recording, reason }, "recording deleted");
    return left;
  }
}
