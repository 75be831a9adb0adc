import { type Conference, isCall, isNormal } from "./conference.ts";
import { end } from "./ending.ts";
import type { Rules } from "./rules.ts";
import type { Turn } from "./turn.ts";

/**
 * A conference does not outlive its last human because of a telephone, nor a call its conference: when only calls are left
 * it ends. Who telephones before anybody else is there may wait longer.
 */
export function settleLoneCalls(turn: Turn): void {
  const { hadPeople, onlyCallsSinceMs, policy } = turn.state;
  const members = [...turn.members.values()];
  if (!hadPeople && members.some(isNormal)) turn.change({ hadPeople: true });
  const isInBreakouts = policy.breakouts.some(({ occupants }) => occupants > 0);
  const isOnlyCalls =
    !isInBreakouts &&
    members.some(isCall) &&
    members.every((member) => isCall(member) || member.hidden || member.kind === "recorder");
  if (isOnlyCalls !== (onlyCallsSinceMs !== 0)) turn.change({ onlyCallsSinceMs: isOnlyCalls ? turn.now : 0 });
  else if (isOnlyCalls && turn.now >= loneCallsEndMs(turn.state, turn.rules)) end(turn, "empty", "ended", false);
}

/** Infinity while somebody else is there. */
export function loneCallsEndMs({ onlyCallsSinceMs, hadPeople }: Conference, rules: Rules): number {
  if (onlyCallsSinceMs === 0) return Number.POSITIVE_INFINITY;
  return onlyCallsSinceMs + (hadPeople ? rules.onlyCallsMs : rules.callsWaitMs);
}
