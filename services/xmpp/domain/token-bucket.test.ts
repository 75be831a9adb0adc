import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";

const rate = { perSecond: 2, burst: 4 };

test("a burst is allowed, then so many a second", () => {
  const bucket = new TokenBucket(rate, 0);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => bucket.take(0)),
    [true, true, true, true, false],
  );
  assert.equal(bucket.take(499), false);
  assert.equal(bucket.take(500), true);
});

test("a debt says how long it takes to pay", () => {
  const bucket = new TokenBucket(rate, 0);
  bucket.spend(0, 6);
  assert.equal(bucket.waitMs(0), 1_000);
  assert.equal(bucket.waitMs(600), 400);
  assert.equal(bucket.waitMs(1_000), 0);
});

test("a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket(rate, 1_000);
  bucket.spend(1_000, 4);
  assert.equal(bucket.take(0), false);
});

test("keys have buckets of their own, and full ones are forgotten", () => {
  const buckets = new TokenBuckets(rate);
  for (let stranger = 0; stranger < 1_000; stranger++) assert.equal(buckets.take(`a${stranger}`, 0), true);
  assert.equal(buckets.size, 1_000);
  assert.equal(buckets.take("b", 10_000), true);
  assert.equal(buckets.size, 1);
});
