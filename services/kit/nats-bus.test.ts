import { busSuite } from "./bus-suite.ts";
import { silentLog } from "./log.ts";
import { NatsBus } from "./nats-bus.ts";
import { findNatsServer, NatsServer } from "./nats-server.ts";

const binary = findNatsServer();

if (!binary) {
  console.log("# skipped: there is no nats-server (PATH, /usr/sbin, NATS_SERVER_BIN)");
} else {
  busSuite("NatsBus", async () => {
    const server = await NatsServer.start();
    const buses: NatsBus[] = [];
    let alive: readonly NatsBus[] = [];
    const settle = async () => {
      // First every publisher, then every hearer: what the server has is then delivered.
      for (let round = 0; round < 2; round++) {
        for (const bus of buses) await bus.flush().catch(() => undefined);
      }
    };
    const connection = (isConnected: boolean) =>
      Promise.all(
        alive.map(
          (bus) =>
            new Promise<void>((resolve) => {
              if (bus.isConnected === isConnected) return resolve();
              const listening = bus.onConnection((now) => {
                if (now !== isConnected) return;
                listening.close();
                resolve();
              });
            }),
        ),
      );
    return {
      open: async (role) => {
        const service = { role, instance: `i${buses.length}`, version: "0.1.0" };
        const bus = await NatsBus.open({ url: server.url, user: "", password: "" }, service, { log: silentLog });
        buses.push(bus);
        return bus;
      },
      settle,
      cut: async () => {
        alive = buses.filter((bus) => bus.isConnected);
        await server.kill();
        await connection(false);
      },
      mend: async () => {
        await server.start();
        await connection(true);
      },
      [Symbol.asyncDispose]: async () => {
        for (const bus of buses) await bus[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  });
}
