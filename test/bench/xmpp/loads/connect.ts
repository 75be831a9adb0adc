/** People sign in and do nothing: how many a second, and what each of them weighs. */

import type { Figures } from "../../comparison.ts";
import { Client, type Transport } from "../clients/client.ts";
import type { Server } from "../servers/server.ts";
import { memoryEach, perCpuSecond, settledUsage, signInAll } from "./load.ts";

/** Buffers, tables and compiled code that come with the first are not counted to the others. */
const warmUp = 200;
const sessions = 1_000;
const atOnce = 16;

export async function measureConnecting(server: Server, transport: Transport): Promise<Figures> {
  const make = (count: number) => Array.from({ length: count }, () => new Client(server.target, transport));
  const [first, others] = [make(warmUp), make(sessions)];
  try {
    await signInAll(first, atOnce);
    const idle = await settledUsage(server);
    const before = server.usage();
    const start = performance.now();
    await signInAll(others, atOnce);
    const seconds = (performance.now() - start) / 1_000;
    const after = server.usage();
    const settled = await settledUsage(server);
    return {
      connectsPerSecond: Math.round(sessions / seconds),
      ...perCpuSecond("connects", sessions, before, after),
      ...memoryEach("kiBPerIdleSession", sessions, idle, settled),
      lostSessions: others.filter(({ lost }) => lost !== undefined).length,
    };
  } finally {
    for (const client of [...first, ...others]) client.close();
  }
}
