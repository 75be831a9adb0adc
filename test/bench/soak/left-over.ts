/** What roles still count when everybody has left. */
import { setTimeout as pause } from "node:timers/promises";
import type { TestStack } from "../../harness/stack.ts";

/** By metric; all 0 where nothing was left behind. */
export type LeftOver = Readonly<Record<string, number>>;

const metrics = {
  xmpp: ["veche_xmpp_rooms", "veche_xmpp_occupants", "veche_xmpp_sessions", "veche_xmpp_sessions_interrupted"],
  focus: ["veche_focus_conferences_current_count", "veche_focus_participants_current_count"],
  bridgeRest: ["veche_videobridge_conferences_count", "veche_videobridge_endpoints_count"],
} as const;

/** Somebody who vanished may come back for a minute, and the room they were in waits for them. */
const patienceMs = 150_000;
const lookMs = 2_000;

export async function leftOver(stack: TestStack): Promise<LeftOver> {
  const limit = performance.now() + patienceMs;
  for (;;) {
    const found = await countAll(stack);
    if (Object.values(found).every((count) => count === 0) || performance.now() > limit) return found;
    await pause(lookMs);
  }
}

async function countAll({ local }: TestStack): Promise<LeftOver> {
  const found: Record<string, number> = {};
  for (const [port, names] of Object.entries(metrics) as [keyof typeof metrics, readonly string[]][]) {
    const response = await fetch(`http://127.0.0.1:${local.ports[port]}/metrics`);
    const text = await response.text();
    for (const name of names) found[name] = sumOf(text, name);
  }
  return found;
}

function sumOf(text: string, name: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].map(([, value]) =>
    Number(value),
  );
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}
