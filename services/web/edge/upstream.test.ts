import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { probeAwayMs, Upstream } from "./upstream.ts";

const refused = () => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
const never = new AbortController().signal;

function upstreamWith(waitMs: number, problems: (string | undefined)[] = []) {
  const clock = new ManualClock(1_000);
  const onProblem = (problem: string | undefined) => problems.push(problem);
  return {
    clock,
    upstream: new Upstream({
      name: "xmpp",
      role: "xmpp",
      tls: undefined,
      origin: "http://127.0.0.1:1",
      clock,
      waitMs,
      onProblem,
    }),
  };
}

test("a request is held until somebody listens again", async () => {
  const problems: (string | undefined)[] = [];
  const { clock, upstream } = upstreamWith(3_000, problems);
  let listens = false;
  let attempts = 0;
  const reached = upstream.reach(() => {
    attempts += 1;
    return listens ? Promise.resolve("answer") : refused();
  }, never);
  await clock.advance(500);
  assert.equal(upstream.held, 1);
  assert.ok(attempts > 3);
  listens = true;
  await clock.advance(100);
  assert.equal(await reached, "answer");
  assert.equal(upstream.held, 0);
  assert.deepEqual(problems, ["nobody listens at http://127.0.0.1:1", undefined]);
});

test("only the beginning of an outage is waited for", async () => {
  const { clock, upstream } = upstreamWith(3_000);
  const first = upstream.reach(refused, never);
  const failed = assert.rejects(first, (error) => error instanceof VecheError && error.code === "unavailable");
  await clock.advance(3_100);
  await failed;
  await assert.rejects(upstream.reach(refused, never), /nobody listens/);
  assert.equal(clock.pending, 0);
});

test("what was perhaps read by the upstream is not sent again", async () => {
  const { upstream } = upstreamWith(3_000);
  let attempts = 0;
  const reset = () => {
    attempts += 1;
    return Promise.reject(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
  };
  await assert.rejects(upstream.reach(reset, never), /reset/);
  assert.equal(attempts, 1);
});

test("who was not up yet when web started is no longer missed within a second, and looked for seldom from then on", async () => {
  const port = await freePort();
  const told: (string | undefined)[] = [];
  const clock = new ManualClock(1_000);
  let hear = () => {};
  using upstream = new Upstream({
    name: "xmpp",
    role: "xmpp",
    tls: undefined,
    origin: `http://127.0.0.1:${port}`,
    clock,
    waitMs: 0,
    onProblem: (problem) => {
      told.push(problem);
      hear();
    },
  });
  const heard = () =>
    new Promise<void>((resolve) => {
      hear = resolve;
    });
  const missed = heard();
  upstream.watch();
  await missed;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}).end();
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const found = heard();
  await timerOf(clock);
  await clock.advance(probeAwayMs);
  await found;
  assert.deepEqual(told, [`nobody listens at http://127.0.0.1:${port}`, undefined]);
  await timerOf(clock);
  await clock.advance(probeAwayMs * 2);
  assert.equal(connections, 1);
  server.close();
});

/** The next look is set once this one is over. */
async function timerOf(clock: ManualClock): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

test("whoever leaves is held no longer", async () => {
  const { clock, upstream } = upstreamWith(3_000);
  const leaving = new AbortController();
  const held = assert.rejects(upstream.reach(refused, leaving.signal), { name: "AbortError" });
  await clock.advance(200);
  leaving.abort();
  await held;
  assert.equal(upstream.held, 0);
  assert.equal(clock.pending, 0);
});

test("a name with several addresses is away when none of them listens", async () => {
  const { upstream } = upstreamWith(0);
  const causes = ["ECONNREFUSED", "EHOSTUNREACH"].map((code) => Object.assign(new Error(code), { code }));
  await assert.rejects(
    upstream.reach(() => Promise.reject(new AggregateError(causes)), never),
    /nobody listens/,
  );
  assert.ok(upstream.isAway);
});
