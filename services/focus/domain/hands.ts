import { refOf, type Turn } from "./turn.ts";

/** Raised hands: the moment each went up gives the queue. */
export function noteHand(turn: Turn, endpoint: string, raisedHandMs: number): void {
  const member = turn.member(endpoint);
  if (!member || member.raisedHandMs === raisedHandMs) return;
  if (raisedHandMs === 0) {
    lowerHand(turn, endpoint);
    return;
  }
  const isAgain = member.raisedHandMs !== 0;
  turn.changeMember(endpoint, { raisedHandMs });
  if (member.hidden || isAgain) return;
  turn.change({ totals: { ...turn.state.totals, hands: turn.state.totals.hands + 1 } });
  turn.record("participantHandRaised", { participant: refOf(member), position: positionOf(turn, endpoint) });
}

export function lowerHand(turn: Turn, endpoint: string): void {
  const member = turn.member(endpoint);
  if (!member || member.raisedHandMs === 0) return;
  turn.changeMember(endpoint, { raisedHandMs: 0 });
  if (!member.hidden) turn.record("participantHandLowered", { participant: refOf(member) });
}

function positionOf(turn: Turn, endpoint: string): number {
  const own = turn.member(endpoint)?.raisedHandMs ?? 0;
  let earlier = 0;
  for (const other of turn.members.values()) {
    if (other.endpoint === endpoint || other.hidden || other.raisedHandMs === 0) continue;
    if (other.raisedHandMs <= own) earlier += 1;
  }
  return earlier + 1;
}
