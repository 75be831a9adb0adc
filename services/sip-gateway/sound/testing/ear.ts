import { setTimeout as pause } from "node:timers/promises";
import type { LegListener } from "../sound.ts";

/** What a leg's owner was told. */
export function listen() {
  const told = {
    keys: [] as string[],
    silent: [] as boolean[],
    bridgeSilent: [] as boolean[],
    failures: [] as string[],
  };
  const listener: LegListener = {
    key: (digit, via) => told.keys.push(`${digit} ${via}`),
    silent: (isSilent) => told.silent.push(isSilent),
    bridgeSilent: (isSilent) => told.bridgeSilent.push(isSilent),
    failed: ({ code }) => told.failures.push(code),
  };
  return { told, listener };
}

/** Until it holds: machines stand still for seconds now and then. */
export async function until(holds: () => boolean, what: string, patienceMs = 30_000): Promise<void> {
  const limit = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > limit) throw new Error(`expected ${what}`);
    await pause(20);
  }
}
