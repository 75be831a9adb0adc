import { setTimeout as pause } from "node:timers/promises";
import type { Figures } from "../../comparison.ts";
import { round } from "../../figures.ts";
import type { Client } from "../clients/client.ts";
import type { Server, Usage } from "../servers/server.ts";

/** Signs people in, so many at a time. */
export async function signInAll(clients: readonly Client[], atOnce: number): Promise<void> {
  const waiting = [...clients];
  const work = async () => {
    for (let client = waiting.shift(); client; client = waiting.shift()) await client.signIn();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** True once it holds; false where it does not within the limit. */
export async function holdsWithin(limitMs: number, condition: () => boolean): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > limit) return false;
    await pause(5);
  }
  return true;
}

/** Work of each CPU-second between two moments: of the server, and of it and nats-server together where it has one. */
export function perCpuSecond(name: string, work: number, before: Usage, after: Usage): Figures {
  const own = after.cpuSeconds - before.cpuSeconds;
  const nats = after.natsCpuSeconds - before.natsCpuSeconds;
  const alone = { [`${name}PerCpuSecond`]: Math.round(work / own) };
  return nats === 0 && after.natsCpuSeconds === 0
    ? alone
    : { ...alone, [`${name}PerCpuSecondWithNats`]: Math.round(work / (own + nats)) };
}

/** Growth of the memory for each of so many people. */
export function memoryEach(name: string, people: number, before: Usage, after: Usage): Figures {
  const own = round((after.residentKiB - before.residentKiB) / people);
  const nats = round((after.natsResidentKiB - before.natsResidentKiB) / people);
  return after.natsResidentKiB === 0 ? { [name]: own } : { [name]: own, [`${name}OfNats`]: nats };
}

/** The memory once nothing happens any more. */
export async function settledUsage(server: Server): Promise<Usage> {
  await pause(settleMs);
  return server.usage();
}

const settleMs = 4_000;
