import assert from "node:assert/strict";
import { test } from "node:test";
import { Health } from "./health.ts";
import { Metrics } from "./metrics.ts";

test("a role is ready while no part has a problem, and each change is told once", () => {
  const health = new Health();
  const told: boolean[] = [];
  const listening = health.onChange((isReady) => void told.push(isReady));
  assert.equal(health.ready, true);
  health.set("nats", "out of reach");
  health.set("worker", "died");
  health.set("nats");
  assert.deepEqual([health.ready, Object.fromEntries(health.problems)], [false, { worker: "died" }]);
  health.set("worker");
  listening.close();
  health.set("nats", "out of reach");
  assert.deepEqual(told, [false, true]);
});

test("a warning is told, and new work is welcome all the same", () => {
  const health = new Health();
  health.warn("clock", "clock is 3,600 s ahead of NATS");
  const warnings = { clock: "clock is 3,600 s ahead of NATS" };
  assert.deepEqual(health.describe(), { ready: true, problems: {}, warnings });
  health.warn("clock");
  assert.deepEqual(health.describe().warnings, {});
});

test("metrics are named after the role, and the same name is the same metric", async () => {
  const metrics = new Metrics("sip-gateway");
  metrics.counter("calls_total", "Calls.", ["outcome"]).inc({ outcome: "ok" });
  metrics.counter("calls_total", "Calls.", ["outcome"]).inc({ outcome: "ok" });
  metrics.gauge("rooms", "Rooms.").set(2);
  metrics.histogram("join_seconds", "Joins.", [0.1, 1]).observe(0.5);
  const text = await metrics.text();
  assert.match(text, /^veche_sip_gateway_calls_total\{outcome="ok"\} 2$/m);
  assert.match(text, /^veche_sip_gateway_rooms 2$/m);
  assert.match(text, /^veche_sip_gateway_join_seconds_bucket\{le="1"\} 1$/m);
  assert.throws(() => metrics.gauge("calls_total", "Calls."), /exists as another kind/);
});

test("metrics of the process come with those of the role when asked for, once", async () => {
  const metrics = new Metrics("focus");
  metrics.collectProcess();
  metrics.collectProcess();
  assert.match(await metrics.text(), /^process_resident_memory_bytes \d+/m);
  assert.ok((await metrics.list()).some(({ name }) => name === "nodejs_eventloop_lag_seconds"));
});
