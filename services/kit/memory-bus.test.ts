import { busSuite } from "./bus-suite.ts";
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
