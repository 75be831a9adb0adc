import assert from "node:assert/strict";
import { test } from "node:test";
import { streams } from "@veche/proto/storage.ts";
import { Health } from "./health.ts";
import { silentLog } from "./log.ts";
import { MemoryBus } from "./memory-bus.ts";
import { Metrics } from "./metrics.ts";
import { announce } from "./service-facts.ts";

const context = {
  role: "focus",
  instance: "0123456789ab",
  version: "0.1.0",
  log: silentLog,
  config: { VECHE_HOST_ID: "h1", VECHE_UNIT: "main" },
  health: new Health(),
  metrics: new Metrics("focus"),
} as const;

test("a service says that it is up, and when it ends that it is down", async () => {
  const bus = new MemoryBus();
  const announced = await announce(bus, context);
  await announced[Symbol.asyncDispose]();
  await announced[Symbol.asyncDispose]();
  const facts = await Array.fromAsync(bus.replay(streams.service, "service.v1.>"));
  assert.deepEqual(
    facts.map(({ subject }) => subject),
    ["service.v1.focus.0123456789ab.up", "service.v1.focus.0123456789ab.down"],
  );
  const up = facts[0]?.body as { hostId: string } | undefined;
  assert.equal(up?.hostId, "h1");
});

test("a bus that stores nothing stops no service", async () => {
  const bus = new MemoryBus();
  await bus[Symbol.asyncDispose]();
  const announced = await announce(bus, context);
  await announced[Symbol.asyncDispose]();
});
