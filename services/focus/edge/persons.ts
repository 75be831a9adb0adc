import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Profile } from "../domain/conference.ts";

const retryMs = 1_000;

type Entry = { readonly profile: Profile; readonly isGuest: boolean };

/** The one place where names are kept: a record per person, the latest word wins. Nobody waits for it. */
export class Persons implements Disposable {
  readonly #bucket: Bucket<typeof PersonSchema>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Map<string, Entry>();
  #isRunning = false;
  #isClosed = false;

  private constructor(bucket: Bucket<typeof PersonSchema>, clock: Clock, log: Log) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
  }

  static async open(bus: Bus, clock: Clock, log: Log): Promise<Persons> {
    return new Persons(await bus.bucket(buckets.persons, PersonSchema), clock, log);
  }

  remember(person: string, entry: Entry): void {
    this.#waiting.set(person, entry);
    if (!this.#isRunning) void this.#run();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (const [person, entry] of this.#waiting) {
      if (this.#isClosed) break;
      if (await this.#put(person, entry)) {
        if (this.#waiting.get(person) === entry) this.#waiting.delete(person);
      } else {
        await new Promise<void>((resolve) => void this.#clock.after(retryMs, resolve));
      }
    }
    this.#isRunning = false;
    if (this.#waiting.size > 0 && !this.#isClosed) void this.#run();
  }

  async #put(person: string, { profile, isGuest }: Entry): Promise<boolean> {
    try {
      const { displayName, email } = profile;
      await this.#bucket.put(person, { person, displayName, email, guest: isGuest });
      return true;
    } catch (error) {
      this.#log.warn({ err: error, person }, "a person's record was not stored yet");
      return false;
    }
  }
}
