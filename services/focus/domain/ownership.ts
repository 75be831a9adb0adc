import { isBecomingOwner } from "./blocks.ts";
import { isNormal, type Member } from "./conference.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/**
 * Who moderates (focus.md 3.3). Whoever is entitled by their account or token always does, and who signed in and opened
 * the room does here. Without a secure domain the first normal member does where there is nobody else, and another when
 * none is left. In breakout rooms the XMPP server mirrors the main room, and whoever is there goes on owning it.
 */
export function settleOwners(turn: Turn): void {
  if (turn.state.policy.mainRoom !== "") return;
  const normal = [...turn.members.values()].filter(isNormal);
  for (const member of normal) if (isOwed(turn, member)) ask(turn, member.endpoint);
  if (!turn.rules.autoOwner || turn.rules.secureDomain) return;
  const hasOwner = normal.some(({ endpoint }) => {
    const member = turn.member(endpoint);
    return member !== undefined && (member.isOwner || isBecomingOwner(turn, member));
  });
  const next = hasOwner || isOwnerAside(turn) ? undefined : firstPresent(normal);
  if (next) ask(turn, next.endpoint);
}

/** A teacher who looks into a group, or is on the way there, still owns the meeting. */
function isOwnerAside(turn: Turn): boolean {
  const { policy, ownerMovedMs } = turn.state;
  if (policy.breakouts.some(({ owners }) => owners > 0)) return true;
  return ownerMovedMs !== 0 && policy.breakouts.length > 0 && turn.now < ownerMovedMs + fixed.breakoutGraceMs;
}

/** Given once for each stay: what a moderator takes away again stays away until the person comes anew. */
function isOwed(turn: Turn, member: Member): boolean {
  const { isOwner, wasOwner, isEntitled, authenticated, person } = member;
  const isOpener = authenticated && person !== "" && person === turn.state.opener;
  return (isEntitled || isOpener) && !isOwner && !wasOwner && !isBecomingOwner(turn, member);
}

function ask(turn: Turn, endpoint: string): void {
  const { ownerAskedUntilMs = 0, ownerFailures = 0 } = turn.member(endpoint) ?? {};
  turn.changeMember(endpoint, {
    ownerAskedUntilMs: turn.now + fixed.electionMs,
    ownerFailures: ownerAskedUntilMs === 0 ? 0 : ownerFailures + 1,
  });
  turn.do({ type: "make-owner", endpoint });
}

function firstPresent(normal: readonly Member[]): Member | undefined {
  return normal.find((member) => !member.interrupted) ?? normal[0];
}

export function noteOwner(turn: Turn, endpoint: string): void {
  turn.changeMember(endpoint, { isOwner: true, wasOwner: true, ownerAskedUntilMs: 0, ownerFailures: 0 });
}
