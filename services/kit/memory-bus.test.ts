import assert from "node:assert/strict";
import { test } from "node:test";
import { Int32ValueSchema } from "@bufbuild/protobuf/wkt";
import { event } from "@veche/proto/contract.ts";
import { busSuite } from "./bus-suite.ts";
import { VecheError } from "./errors.ts";
import { MemoryBus, MemoryNetwork } from "./memory-bus.ts";

busSuite("MemoryBus", async () => {
  const network = new MemoryNetwork();
  const buses: MemoryBus[] = [];
  return {
    open: async (role) => {
      const bus = new MemoryBus(network, { role });
      buses.push(bus);
      return bus;
    },
    settle: () => network.idle(),
    cut: async () => {
      for (const bus of buses) network.disconnect(bus);
    },
    mend: async () => {
      for (const bus of buses) network.reconnect(bus);
    },
    [Symbol.asyncDispose]: async () => {
      for (const bus of buses) await bus[Symbol.asyncDispose]();
    },
  };
});

test("in a test, who says what its readers could not read hears of it", () => {
  const counted = event("evt.counted", Int32ValueSchema);
  assert.throws(
    () => new MemoryBus().publish(counted, {}, { value: 1.5 }),
    (error: unknown) => error instanceof VecheError && error.code === "invalid-argument",
  );
});
