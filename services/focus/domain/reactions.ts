import type { ReactionCount } from "./conference.ts";
import { fixed } from "./rules.ts";
import { refOf, type Turn } from "./turn.ts";

/** Different reactions of one person counted within a second; more are dropped. */
export const reactionLimits = { kinds: 16, nameLength: 32 } as const;

/** Reactions, each kind counted over one second. */
export function countReactions(turn: Turn, endpoint: string, reactions: readonly string[]): void {
  const member = turn.member(endpoint);
  if (!member || member.hidden) return;
  const counted = new Map(turn.state.reactions);
  for (const reaction of reactions) {
    if (reaction === "" || reaction.length > reactionLimits.nameLength) continue;
    const key = JSON.stringify([endpoint, reaction]);
    const known = counted.get(key);
    if (!known && kindsOf(counted.values(), endpoint) >= reactionLimits.kinds) continue;
    counted.set(key, {
      endpoint,
      reaction,
      count: (known?.count ?? 0) + 1,
      dueMs: known?.dueMs ?? turn.now + fixed.factIntervalMs,
    });
  }
  turn.change({ reactions: counted });
}

function kindsOf(counted: Iterable<{ readonly endpoint: string }>, endpoint: string): number {
  let kinds = 0;
  for (const one of counted) if (one.endpoint === endpoint) kinds += 1;
  return kinds;
}

export function tellReactions(turn: Turn): void {
  tell(turn, ({ dueMs }) => dueMs <= turn.now);
}

/** Whoever leaves has their reactions said before. */
export function tellReactionsOf(turn: Turn, endpoint: string): void {
  tell(turn, (reaction) => reaction.endpoint === endpoint);
}

function tell(turn: Turn, isDue: (reaction: ReactionCount) => boolean): void {
  const { reactions } = turn.state;
  const due = [...reactions].filter(([, reaction]) => isDue(reaction));
  if (due.length === 0) return;
  const rest = new Map(reactions);
  for (const [key, { endpoint, reaction, count }] of due) {
    rest.delete(key);
    const member = turn.member(endpoint);
    if (member) turn.record("participantReacted", { participant: refOf(member), reaction, count });
  }
  turn.change({ reactions: rest });
}
