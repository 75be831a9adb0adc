/** What it costs the focus when a class, and more than a class, joins one room at once and within some seconds. */
import { type JoinCost, measureFocusJoin } from "@veche/focus/bench/join.ts";

const gatherings: readonly { readonly people: number; readonly withinMs: number }[] = [
  { people: 30, withinMs: 0 },
  { people: 30, withinMs: 3_000 },
  { people: 100, withinMs: 0 },
  { people: 100, withinMs: 10_000 },
  { people: 200, withinMs: 0 },
  { people: 200, withinMs: 10_000 },
];

export async function benchFocus(say: (text: string) => void): Promise<readonly JoinCost[]> {
  say("People joining one room, with a bus in memory and clients that answer at once");
  // Before the first is counted, the code is compiled.
  await measureFocusJoin(10, 0);
  const costs: JoinCost[] = [];
  for (const { people, withinMs } of gatherings) {
    const cost = await measureFocusJoin(people, withinMs);
    costs.push(cost);
    const { invitedMs, completeMs, cpuMs, stallMs, announcements } = cost;
    say(
      `  ${people} within ${withinMs} ms: all invited ${invitedMs} ms, all know all ${completeMs} ms, CPU ${cpuMs} ms ` +
        `(${(cpuMs / people).toFixed(1)} a person), longest turn ${stallMs} ms, source-adds ${announcements}`,
    );
  }
  return costs;
}
