export type Rate = {
  readonly perSecond: number;
  readonly burst: number;
};

/** Counts what may still be done. Time comes in; it never goes back. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes `cost` if it is there. */
  take(now: number, cost = 1): boolean {
    this.#fill(now);
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** Takes `cost` even where that leaves a debt, which has to be waited for: see `waitMs`. */
  spend(now: number, cost: number): void {
    this.#fill(now);
    this.#tokens -= cost;
  }

  /** How long until something may be done again: 0 while there is no debt. */
  waitMs(now: number): number {
    this.#fill(now);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#rate.perSecond) * 1000);
  }

  /** What may be done at once, as a share of the burst; negative while there is a debt. */
  reserve(now: number): number {
    this.#fill(now);
    return this.#tokens / this.#rate.burst;
  }

  /** True once nothing distinguishes it from a new one. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.#rate.burst;
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
  }
}

/** One bucket per key; full ones are forgotten, so strangers can't fill the memory. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();
  #sweepAt = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, now: number, cost = 1): boolean {
    this.#sweep(now);
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now, cost);
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + (this.#rate.burst / this.#rate.perSecond) * 1000;
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
  }
}
