import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { type LibrarySession, LibrarySessionSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { libraryLimits as limits } from "./limits.ts";
import { hashOf, newSecret } from "./secrets.ts";

type Grant = { readonly recording: string; readonly link: string };

export type Signed = {
  readonly user: string;
  readonly person: string;
  readonly role: string;
  readonly grants: readonly Grant[];
  /** When the token ends that proved it; 0 or missing: never. */
  readonly endsMs?: number;
};

/** Who has signed in, in a bucket that all recorders read: any of them answers the next request. */
export class Sessions {
  readonly #bucket: Bucket<typeof LibrarySessionSchema>;
  readonly #clock: Clock;

  static async open(bus: Bus, clock: Clock): Promise<Sessions> {
    return new Sessions(await bus.bucket(buckets.librarySessions, LibrarySessionSchema), clock);
  }

  private constructor(bucket: Bucket<typeof LibrarySessionSchema>, clock: Clock) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** `secret` is told to who signed in, and kept nowhere. */
  async make(signed: Signed): Promise<{ readonly secret: string; readonly expiresMs: number }> {
    const secret = newSecret();
    const { user, person, role, endsMs = 0 } = signed;
    const longestMs = this.#clock.now() + limits.sessionMs;
    const expiresMs = endsMs > 0 ? Math.min(longestMs, endsMs) : longestMs;
    const grants = signed.grants.slice(-limits.grantsPerSession);
    await this.#bucket.put(hashOf(secret), { user, person, role, grants, expiresMs: BigInt(expiresMs) });
    return { secret, expiresMs };
  }

  async find(secret: string): Promise<LibrarySession | undefined> {
    if (!/^[\w-]{22}$/.test(secret)) return undefined;
    const found = (await this.#bucket.get(hashOf(secret)))?.value;
    return found && Number(found.expiresMs) > this.#clock.now() ? found : undefined;
  }

  async end(secret: string): Promise<void> {
    if (/^[\w-]{22}$/.test(secret)) await this.#bucket.purge(hashOf(secret));
  }
}
