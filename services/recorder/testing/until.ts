import { setTimeout as wait } from "node:timers/promises";

/** Waits for what comes from files, sockets and processes; fails with what was waited for. */
export async function until<T>(look: () => T | undefined | false, what: string, limitMs = 10_000): Promise<T> {
  for (const end = performance.now() + limitMs; ; await wait(5)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
  }
}
