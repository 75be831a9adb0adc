import { type Rate, TokenBucket } from "./token-bucket.ts";

/** One rate for each of many things that come and go: a room, an occupant. */
export class Rates<K extends WeakKey> {
  readonly #rate: Rate;
  readonly #buckets = new WeakMap<K, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  take(key: K, now: number, cost = 1): boolean {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now, cost);
  }
}
