import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { busGraceMs, openLate } from "./late-bus.ts";

const nothing = { async [Symbol.asyncDispose]() {} };

test("the pages don't wait for a bus that is not there, and health says so until it is", async () => {
  const clock = new ManualClock();
  const health = new Health();
  const opening = Promise.withResolvers<MemoryBus>();
  let used = 0;
  const opened = openLate(
    () => opening.promise,
    async () => {
      used += 1;
      return nothing;
    },
    { clock, health, log: silentLog },
  );
  await clock.advance(busGraceMs);
  await using _late = await opened;
  assert.equal(health.problems.get("nats"), "not connected yet");
  const network = new MemoryNetwork();
  const bus = new MemoryBus(network);
  opening.resolve(bus);
  await clock.advance(0);
  assert.equal(used, 1);
  assert.equal(health.problems.get("nats"), undefined);
  network.disconnect(bus);
  await clock.advance(0);
  assert.equal(health.problems.get("nats"), "not connected");
  network.reconnect(bus);
  await clock.advance(0);
  assert.equal(health.problems.get("nats"), undefined);
});

test("a refused sign-in stops the start", async () => {
  const clock = new ManualClock();
  const refused = () => Promise.reject(new VecheError("unauthenticated", "NATS refuses user web"));
  const opened = openLate(refused, async () => nothing, { clock, health: new Health(), log: silentLog });
  await assert.rejects(opened, /refuses user web/);
  assert.equal(clock.pending, 0);
});

test("a start that ends before the bus is there stops waiting for it", async () => {
  const clock = new ManualClock();
  let isAborted = false;
  const opened = openLate(
    (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          isAborted = true;
          reject(signal.reason);
        });
      }),
    async () => nothing,
    { clock, health: new Health(), log: silentLog },
  );
  await clock.advance(busGraceMs);
  await (await opened)[Symbol.asyncDispose]();
  assert.ok(isAborted);
});
