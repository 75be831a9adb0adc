import type { Conference } from "./conference.ts";
import { fixed, type Rules } from "./rules.ts";

/** When the conference wants its next `tick`. What is due already waits for something else than time. */
export function nextDeadlineMs(state: Conference, rules: Rules, now: number): number | undefined {
  if (state.phase === "ended") return undefined;
  let first = Number.POSITIVE_INFINITY;
  for (const at of roomDeadlines(state, rules)) if (at > now && at < first) first = at;
  for (const at of memberDeadlines(state)) if (at > now && at < first) first = at;
  return Number.isFinite(first) ? first : undefined;
}

function* roomDeadlines(state: Conference, rules: Rules): Iterable<number> {
  const { members, openedMs, aloneSinceMs, election, speaker, reactions } = state;
  if (members.size === 0) yield openedMs + rules.initialTimeoutMs;
  const hasSession = [...members.values()].some(({ session }) => session.invite);
  if (aloneSinceMs !== 0 && hasSession) yield aloneSinceMs + rules.aloneTimeoutMs;
  if (election && members.get(election.endpoint)?.isOwner === false) yield election.untilMs;
  if (speaker.endpoint !== speaker.told) yield speaker.toldMs + fixed.factIntervalMs;
  for (const { dueMs } of reactions.values()) yield dueMs;
}

function* memberDeadlines({ members }: Conference): Iterable<number> {
  for (const { session } of members.values()) {
    if (session.state === "idle" && session.retryAtMs > 0) yield session.retryAtMs;
    if (session.invite?.acceptByMs !== undefined) yield session.invite.acceptByMs;
    for (const { atMs } of session.invite?.resumes ?? []) yield atMs;
  }
}
