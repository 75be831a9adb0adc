import { clone, create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { type Recording, RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";

const tries = 8;

/** The library's entries: the bucket `recordings`, held in memory so that lists cost no round trip. */
export class Entries implements Disposable {
  readonly #bucket: Bucket<typeof RecordingSchema>;
  readonly #held = new Map<string, Recording>();
  #watching: Subscription | undefined;

  static async open(bus: Bus): Promise<Entries> {
    const entries = new Entries(await bus.bucket(buckets.recordings, RecordingSchema));
    entries.#watching = await entries.#bucket.watch(({ key, value }) => {
      if (value === undefined) entries.#held.delete(key);
      else entries.#held.set(key, value);
    });
    return entries;
  }

  private constructor(bucket: Bucket<typeof RecordingSchema>) {
    this.#bucket = bucket;
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
  }

  /** As last heard. */
  all(): readonly Recording[] {
    return [...this.#held.values()];
  }

  /** As it is now. */
  async find(recording: string): Promise<Recording | undefined> {
    return (await this.#bucket.get(recording))?.value;
  }

  async put(entry: MessageInitShape<typeof RecordingSchema> & { readonly recording: string }): Promise<void> {
    await this.#bucket.put(entry.recording, entry);
    this.#held.set(entry.recording, create(RecordingSchema, entry));
  }

  /**
   * Changes what is there, whoever else changes it meanwhile; `change` may be called again and may throw to leave all as
   * it is. Rejects with `not-found`.
   */
  async change(recording: string, change: (entry: Recording) => void): Promise<Recording> {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const found = await this.#bucket.get(recording);
      if (found === undefined) throw notFound();
      const entry = clone(RecordingSchema, found.value);
      change(entry);
      try {
        await this.#bucket.update(recording, entry, found.revision);
        this.#held.set(recording, entry);
        return entry;
      } catch (error) {
        if (!(error instanceof VecheError) || error.code !== "failed-precondition") throw error;
      }
    }
    throw new VecheError("unavailable", "the recording is being changed by others; try again");
  }

  async remove(recording: string): Promise<void> {
    await this.#bucket.purge(recording);
    this.#held.delete(recording);
  }
}

export function notFound(): VecheError {
  return new VecheError("not-found", "no such recording, or it is not yours to see");
}
