import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./verdict.ts";

const nowMs = Date.parse("2026-11-01T08:00:00Z");
const of = (status: number, retryAfter?: string) => judge({ status, retryAfter }, nowMs);

test("2xx is accepted, 410 is gone, all else failed", () => {
  for (const status of [200, 201, 202, 204, 299]) assert.deepEqual(of(status), { type: "accepted" });
  assert.deepEqual(of(410), { type: "gone" });
  for (const status of [100, 400, 401, 404, 429, 500, 503]) assert.equal(of(status).type, "failed", `${status}`);
  assert.match(JSON.stringify(of(307)), /redirects are not followed/);
  assert.deepEqual(judge({ fault: "no answer" }, nowMs), { type: "failed", failure: "no answer" });
});

test("Retry-After is seconds or a date, and nothing else", () => {
  assert.deepEqual(of(429, "120"), { type: "failed", failure: "status 429", retryAfterMs: 120_000 });
  assert.deepEqual(of(503, "Sun, 01 Nov 2026 08:00:30 GMT"), {
    type: "failed",
    failure: "status 503",
    retryAfterMs: 30_000,
  });
  assert.deepEqual(of(503, "Sun, 01 Nov 2026 07:00:00 GMT"), {
    type: "failed",
    failure: "status 503",
    retryAfterMs: 0,
  });
  for (const odd of ["soon", "-5", "1e9", ""]) assert.ok(!("retryAfterMs" in of(503, odd)), odd);
});
