import { isNormal, type Member } from "./conference.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/** Whoever signed in is an owner; without such, the first normal member is, and another when none is left. */
export function elect(turn: Turn): void {
  if (!turn.rules.autoOwner) return;
  const { election } = turn.state;
  if (election && election.untilMs > turn.now && turn.member(election.endpoint)?.isOwner === false) return;
  const normal = [...turn.members.values()].filter(isNormal);
  const next = normal.find(isOwed) ?? (normal.some((member) => member.isOwner) ? undefined : firstPresent(normal));
  if (!next) return;
  turn.change({ election: { endpoint: next.endpoint, untilMs: turn.now + fixed.electionMs } });
  turn.do({ type: "make-owner", endpoint: next.endpoint });
}

function isOwed(member: Member): boolean {
  return member.authenticated && !member.isOwner;
}

function firstPresent(normal: readonly Member[]): Member | undefined {
  return normal.find((member) => !member.interrupted) ?? normal[0];
}

export function noteOwner(turn: Turn, endpoint: string): void {
  turn.changeMember(endpoint, { isOwner: true });
  if (turn.state.election?.endpoint === endpoint) turn.change({ election: undefined });
}
