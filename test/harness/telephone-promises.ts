/** The promises about telephone calls: what a gateway says of a call within the sitting that it came into. */
import type { SittingFact } from "./event-promises.ts";

/** Numbered within the call, whose first facts may be of no sitting yet. */
export function isOfGateway({ name }: Pick<SittingFact, "name">): boolean {
  return name.startsWith("sip.");
}

/** A call's facts are numbered upwards; it starts at most once and ends once, with which it is over. */
export function callFaults(facts: readonly SittingFact[], isOver: boolean): string[] {
  const faults: string[] = [];
  const calls = new Map<string, { seq: number; starts: number; hasEnded: boolean }>();
  for (const { name, seq, body } of facts.filter(isOfGateway)) {
    const id = String(body.call ?? "");
    if (id === "") faults.push(`${name} names no call`);
    const call = calls.get(id) ?? { seq: 0, starts: 0, hasEnded: false };
    if (seq <= call.seq) faults.push(`call ${id}: seq ${seq} (${name}) after ${call.seq}`);
    if (call.hasEnded) faults.push(`call ${id}: ${name} came after sip.call-ended`);
    const starts = call.starts + (name === "sip.call-started" ? 1 : 0);
    if (starts > Math.max(1, call.starts)) faults.push(`call ${id}: started ${starts} times`);
    calls.set(id, { seq, starts, hasEnded: call.hasEnded || name === "sip.call-ended" });
  }
  for (const [id, { hasEnded }] of calls) if (isOver && !hasEnded) faults.push(`call ${id}: sip.call-ended never came`);
  return faults;
}
