/** The nats-server of an installation without containers while nothing else of it runs. */
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import { prepareNatsServer } from "../local/nats-server.ts";
import { Supervisor } from "../local/supervisor.ts";
import { Fault } from "../users/fault.ts";
import { connectToNats, type Installation, type NatsConnection } from "./installation.ts";

const startMs = 20_000;

export type LocalNats = { readonly url: string; readonly connection: NatsConnection };

/** On a port of its own, and ended when `use` has. The caller holds the lock of the data directory. */
export async function withLocalNats<T>(installation: Installation, use: (nats: LocalNats) => Promise<T>): Promise<T> {
  const binary = findNatsServer();
  if (!binary) throw new Fault("refused", "nats-server was not found: install it, or name it in NATS_SERVER_BIN");
  const { natsStore: directory, secrets } = installation;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const server = new Supervisor(await prepareNatsServer({ binary, port, directory, secrets }));
  const said: string[] = [];
  server.on("line", (line) => said.push(line));
  server.start();
  try {
    const url = `nats://127.0.0.1:${port}`;
    const connection = await connected(installation, url, said);
    try {
      return await use({ url, connection });
    } finally {
      await connection.close();
    }
  } finally {
    await server.stop();
  }
}

async function connected(installation: Installation, url: string, said: readonly string[]): Promise<NatsConnection> {
  const deadline = performance.now() + startMs;
  for (;;) {
    try {
      const connection = await connectToNats(installation, { url });
      await connection.request("$JS.API.INFO", "", { timeout: 5_000 });
      return connection;
    } catch (error) {
      if (performance.now() > deadline)
        throw new Fault("unreachable", `nats-server did not start:\n${said.slice(-10).join("\n")}`, { cause: error });
      await pause(100);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const holder = createServer();
    holder.once("error", reject);
    holder.listen(0, "127.0.0.1", () => {
      const address = holder.address();
      holder.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
