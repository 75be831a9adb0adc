/** Waiting for what other processes do: asks again until it holds, and says what it last saw when it never does. */
import { setTimeout as pause } from "node:timers/promises";

const pollMs = 100;

export type WaitOptions = { readonly timeoutMs?: number; readonly pollMs?: number };

/** `look` answers `undefined` when it holds, else what is still missing. */
export async function eventually(
  what: string,
  look: () => Promise<string | undefined> | string | undefined,
  options: WaitOptions = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = await look();
    if (missing === undefined) return;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms; ${missing}`);
    await pause(options.pollMs ?? pollMs);
  }
}

/** Holds now and goes on holding for a while: for what must not happen. */
export async function throughout(
  what: string,
  durationMs: number,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    const fault = await look();
    if (fault !== undefined) throw new Error(`${what}: ${fault}`);
    await pause(pollMs);
  }
}
