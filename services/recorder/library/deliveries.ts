/** What follows once a recording is listed, in the background: it is uploaded where that is wanted, and told. */
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { deliver, pause, removeLocal } from "./delivery.ts";
import type { Entries } from "./entries.ts";
import type { RecordingFacts } from "./facts.ts";
import { type Note, type NotedFile, recordingIn, writeNote } from "./folder.ts";
import { modeName } from "./metadata.ts";
import type { Storage } from "./upload/storage.ts";

export type DeliveriesOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: string;
  readonly storage: Storage | undefined;
  readonly keepsLocal: boolean;
  readonly entries: Entries;
  readonly facts: RecordingFacts;
};

export class Deliveries implements AsyncDisposable {
  readonly #given: DeliveriesOptions;
  readonly #underWay = new Map<string, { readonly work: Promise<void>; readonly cut: AbortController }>();
  readonly #closing = new AbortController();

  constructor(given: DeliveriesOptions) {
    this.#given = given;
  }

  start(folder: string, note: Note): void {
    const { recording } = recordingIn(note);
    if (this.#underWay.has(recording)) return;
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, this.#closing.signal]);
    const work = this.#deliver(folder, note, signal)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        this.#given.log.error({ recording, err: error }, "a recording could not be delivered");
      })
      .finally(() => this.#underWay.delete(recording));
    this.#underWay.set(recording, { work, cut });
  }

  /** Ends one that is under way: the recording is deleted, or is to be delivered otherwise. */
  async stop(recording: string): Promise<void> {
    const delivery = this.#underWay.get(recording);
    delivery?.cut.abort(new Error("the delivery was stopped"));
    await delivery?.work;
  }

  /** Resolves once nothing is being uploaded. */
  async settled(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ work }) => work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the recorder is stopping"));
    await this.settled();
  }

  async #deliver(folder: string, first: Note, signal: AbortSignal): Promise<void> {
    const { storage, clock, log, keepsLocal, entries } = this.#given;
    const { recording } = recordingIn(first);
    let note = first;
    const go = async (next: Note) => {
      note = next;
      await writeNote(folder, note);
    };
    let told: Promise<void> | undefined;
    const tell = () => {
      told ??= this.#tell(note, signal);
      return told;
    };
    if (storage) {
      const noted = async (file: NotedFile) => {
        await go({ ...note, files: note.files.map((known) => (known.name === file.name ? file : known)) });
        await entries.change(recording, (entry) => {
          for (const listed of entry.files) if (listed.name === file.name) listed.location = file.location;
        });
      };
      const isSlow = () => void tell().catch((error: unknown) => log.warn({ recording, err: error }, "not told"));
      await deliver(note.files, { recording, folder, storage, clock, log, signal, noted, isSlow });
      if (!keepsLocal) await removeLocal(folder, note.files);
    }
    await go({ ...note, step: "kept" });
    await tell();
    await go({ ...note, step: "told" });
  }

  /** Said until the stream has it; of further files again, by the recorder that made them and with all there are. */
  async #tell(note: Note, signal: AbortSignal): Promise<void> {
    const { facts, clock, log, recorder, entries } = this.#given;
    const recording = recordingIn(note);
    const isFurther = note.further !== undefined;
    for (let waitMs = 1_000; ; waitMs = Math.min(60_000, waitMs * 2)) {
      try {
        const listed = isFurther ? await entries.find(recording.recording) : undefined;
        const files = listed?.files ?? note.files.map((file) => ({ ...file, sizeBytes: BigInt(file.sizeBytes) }));
        const body = { mode: modeName(recording.mode), recorder, files: files.map(toFactFile) };
        return await facts.say("recordingAvailable", recording, clock.now(), body, isFurther ? "once-each" : "once");
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ recording: recording.recording, err: error }, "a fact could not be said yet");
        await pause(clock, waitMs, signal);
      }
    }
  }
}

type ToldFile = Omit<NotedFile, "sizeBytes" | "copyOf"> & { readonly sizeBytes: bigint };

/** As the contract of facts has it: the entry's message is another one with the same fields. */
function toFactFile({ name, type, sizeBytes, durationSeconds, sha256, location }: ToldFile): ToldFile {
  return { name, type, sizeBytes, durationSeconds, sha256, location };
}
