import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Profile } from "../domain/conference.ts";

const retryMs = 1_000;

type Entry = { readonly profile: Profile; readonly userId: string; readonly isGuest: boolean };

/** A record lives as long as the bucket keeps it; those of users are written anew so often that they stay. */
const refreshMs = 24 * 3600 * 1000;

/**
 * The one place where names are kept: a record per person, the latest word wins. Nobody waits for it. A guest's goes 30
 * days after it was last seen, a user's stays until it is removed.
 */
export class Persons implements Disposable {
  readonly #bucket: Bucket<typeof PersonSchema>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Map<string, Entry>();
  #isRunning = false;
  #isClosed = false;
  #timer: Timer | undefined;

  private constructor(bucket: Bucket<typeof PersonSchema>, clock: Clock, log: Log) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
  }

  static async open(bus: Bus, clock: Clock, log: Log): Promise<Persons> {
    const persons = new Persons(await bus.bucket(buckets.persons, PersonSchema), clock, log);
    persons.#timer = clock.every(refreshMs, () => void persons.refreshUsers());
    return persons;
  }

  /** One that changed or was removed meanwhile is left as it is. */
  async refreshUsers(): Promise<void> {
    try {
      for await (const { key, value, revision } of this.#bucket.entries()) {
        if (this.#isClosed) return;
        if (!value.guest) await this.#bucket.update(key, value, revision).catch(isOvertaken);
      }
    } catch (error) {
      this.#log.warn({ err: error }, "the records of users could not be kept from running out; tried again tomorrow");
    }
  }

  remember(person: string, entry: Entry): void {
    this.#waiting.set(person, entry);
    if (!this.#isRunning) void this.#run();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.cancel();
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

  async #put(person: string, { profile, userId, isGuest }: Entry): Promise<boolean> {
    try {
      await this.#bucket.put(person, { person, ...profile, userId, guest: isGuest });
      return true;
    } catch (error) {
      this.#log.warn({ err: error, person }, "a person's record was not stored yet");
      return false;
    }
  }
}

function isOvertaken(error: unknown): void {
  if (toVecheError(error).code !== "failed-precondition") throw error;
}
