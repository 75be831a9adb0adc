/** A rate limit: `perSecond` in the long run, `burst` at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

export type TokenBucket = { readonly tokens: number; readonly at: number };

export function fullBucket(rate: Rate, now: number): TokenBucket {
  return { tokens: rate.burst, at: now };
}

/** The bucket after taking `amount`, and whether there was enough. What is refused takes nothing. */
export function take(bucket: TokenBucket, rate: Rate, amount: number, now: number): [TokenBucket, boolean] {
  const tokens = Math.min(rate.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate.perSecond);
  return tokens >= amount ? [{ tokens: tokens - amount, at: now }, true] : [{ tokens, at: now }, false];
}
