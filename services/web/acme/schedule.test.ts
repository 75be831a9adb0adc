import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mayAskAt,
  noHistory,
  renewalTime,
  retryDelayMs,
  withAttempt,
  withCertificate,
  withRefusal,
} from "./schedule.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

test("a certificate is renewed a third of its life before its end, of whatever length that is", () => {
  for (const lifeMs of [90 * dayMs, 6 * dayMs, 12 * hourMs]) {
    const life = { from: 0, until: lifeMs };
    assert.equal(renewalTime(life, undefined, 0), (lifeMs * 2) / 3);
    const late = renewalTime(life, undefined, 1);
    assert.ok(late < (lifeMs * 2) / 3 && late > lifeMs * 0.6, "spread, and never later");
  }
});

test("an authority's window is kept to, at a random moment of it, but never to the bitter end", () => {
  const life = { from: 0, until: 90 * dayMs };
  const window = { start: 10 * dayMs, end: 12 * dayMs };
  assert.equal(renewalTime(life, window, 0.5), 11 * dayMs);
  assert.equal(renewalTime(life, { start: 89 * dayMs, end: 95 * dayMs }, 1), 75 * dayMs);
});

test("attempts that fail become rarer: 15 minutes to 12 hours, each a little later than that", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => retryDelayMs(failures, 0) / minuteMs);
  assert.deepEqual(delays, [15, 30, 60, 120, 240, 480, 720, 720]);
  assert.equal(retryDelayMs(1, 1), 18 * minuteMs);
});

test("a process that ends again and again asks at most four times an hour", () => {
  let history = noHistory;
  let now = 1e12;
  const asked: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    now = Math.max(now + minuteMs, mayAskAt(history, undefined));
    asked.push(now);
    history = withAttempt(history, now);
  }
  for (const at of asked) assert.ok(asked.filter((other) => other > at - hourMs && other <= at).length <= 4);
  assert.ok(history.attempts.length <= 5);
});

test("at most four certificates a week are asked for, more of those that live for hours, and none before a refusal is over", () => {
  let history = noHistory;
  for (let i = 0; i < 4; i += 1) history = withCertificate(history, 1e12 + i);
  assert.equal(mayAskAt(history, 90 * dayMs), 1e12 + 7 * dayMs);
  assert.ok(mayAskAt(history, 12 * hourMs) < 1e12);
  assert.equal(mayAskAt(withRefusal(noHistory, 2e12), undefined), 2e12);
});
