import type { Bucket, Bus } from "@veche/kit/bus.ts";
import { type Clock, waitAtMost } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { AcmeChallengeSchema } from "@veche/proto/gen/veche/web/v1/acme_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { ChallengeBoard } from "./order.ts";

/** How long an order waits for the bus: without it only this process can answer the authority. */
const busWaitMs = 10_000;
/** How long a token nobody has heard of is waited for, and how many at once: another web may just have put it up. */
export const challengeLimits = { waitMs: 1_000, waiting: 100 };

/** base64url of RFC 8555, 8.3, in a length that no bucket minds. */
const tokenPattern = /^[A-Za-z0-9_-]{8,256}$/;

/** Answers to the authority's challenges, shared by all webs of the installation: any of them may be asked. */
export class Challenges implements ChallengeBoard {
  readonly #answers = new Map<string, string>();
  readonly #own = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #connected = Promise.withResolvers<void>();
  #bucket: Bucket<typeof AcmeChallengeSchema> | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  async listen(bus: Bus): Promise<Disposable> {
    const bucket = await bus.bucket(buckets.acmeChallenges, AcmeChallengeSchema);
    const watching = await bucket.watch(({ key, value }) => {
      if (value !== undefined) this.#answers.set(key, value.keyAuthorization);
      else if (!this.#own.has(key)) this.#answers.delete(key);
      for (const look of this.#waiting) look();
    });
    this.#bucket = bucket;
    this.#connected.resolve();
    return {
      [Symbol.dispose]: () => {
        this.#bucket = undefined;
        watching.close();
      },
    };
  }

  async put(token: string, keyAuthorization: string): Promise<void> {
    if (!tokenPattern.test(token)) throw new Error(`the authority's token is no base64url: "${token.slice(0, 40)}"`);
    this.#own.add(token);
    this.#answers.set(token, keyAuthorization);
    await waitAtMost(this.#clock, busWaitMs, this.#connected.promise);
    await this.#share((bucket) => bucket.put(token, { keyAuthorization }));
  }

  async remove(token: string): Promise<void> {
    this.#own.delete(token);
    this.#answers.delete(token);
    await this.#share((bucket) => bucket.purge(token));
  }

  /** Undefined where nobody has put up this token. */
  async find(token: string): Promise<string | undefined> {
    const found = this.#answers.get(token);
    if (found !== undefined || !tokenPattern.test(token)) return found;
    if (this.#bucket === undefined || this.#waiting.size >= challengeLimits.waiting) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.#answers.has(token)) resolve();
    };
    this.#waiting.add(look);
    await waitAtMost(this.#clock, challengeLimits.waitMs, promise);
    this.#waiting.delete(look);
    return this.#answers.get(token);
  }

  async #share(act: (bucket: Bucket<typeof AcmeChallengeSchema>) => Promise<unknown>): Promise<void> {
    try {
      if (this.#bucket === undefined) this.#log.warn({}, "the bus is away: only this process answers the authority");
      else await act(this.#bucket);
    } catch (error) {
      this.#log.warn({ err: error }, "the challenge was not shared: only this process answers the authority");
    }
  }
}
