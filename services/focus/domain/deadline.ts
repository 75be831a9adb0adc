import { blockDueMs } from "./blocks.ts";
import { type Conference, isLive } from "./conference.ts";
import { loneCallsEndMs } from "./lone-calls.ts";
import { recordingDeadlines } from "./recordings.ts";
import { fixed, type Rules } from "./rules.ts";
import { flushDueMs } from "./signalling.ts";

/**
 * When the conference wants its next `tick`. `now` is when everything due was last looked at: what was due by then waits
 * for something else than time.
 */
export function nextDeadlineMs(state: Conference, rules: Rules, now: number): number | undefined {
  if (state.phase === "ended") return undefined;
  const next = new Next(now);
  addMembers(state, next);
  next.add(loneCallsEndMs(state, rules));
  addRoom(state, rules, next);
  addBridges(state, next);
  for (const atMs of recordingDeadlines(state.recordings, rules.recordingQueueTimeoutMs)) next.add(atMs);
  return Number.isFinite(next.atMs) ? next.atMs : undefined;
}

class Next {
  atMs = Number.POSITIVE_INFINITY;
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  add(atMs: number): void {
    if (atMs > this.#now && atMs < this.atMs) this.atMs = atMs;
  }
}

function addRoom(
  {
    members,
    openedMs,
    aloneSinceMs,
    emptySinceMs,
    ownerMovedMs,
    bridgeLostMs,
    assigning,
    speaker,
    reactions,
  }: Conference,
  rules: Rules,
  next: Next,
) {
  if (members.size === 0) next.add(openedMs + rules.initialTimeoutMs);
  if (emptySinceMs !== 0) next.add(emptySinceMs + fixed.breakoutGraceMs);
  if (ownerMovedMs !== 0) next.add(ownerMovedMs + fixed.breakoutGraceMs);
  if (assigning) next.add(assigning.dueMs);
  if (aloneSinceMs !== 0) next.add(aloneSinceMs + rules.aloneTimeoutMs);
  if (bridgeLostMs !== 0) next.add(bridgeLostMs + fixed.bridgeReturnMs);
  if (speaker.endpoint !== speaker.told) next.add(speaker.toldMs + fixed.factIntervalMs);
  for (const { dueMs } of reactions.values()) next.add(dueMs);
}

function addBridges({ bridges, moveAtMs, relays }: Conference, next: Next): void {
  next.add(moveAtMs);
  for (const { unusedSinceMs } of bridges) if (unusedSinceMs !== 0) next.add(unusedSinceMs + fixed.bridgeIdleMs);
  for (const { retryAtMs } of relays.values()) next.add(retryAtMs);
}

function addMembers({ members }: Conference, next: Next): void {
  for (const { session, isOwner, ownerAskedUntilMs } of members.values()) {
    if (!isOwner) next.add(ownerAskedUntilMs);
    if (session.state === "idle") next.add(session.retryAtMs);
    const { invite } = session;
    if (!invite) continue;
    if (invite.acceptByMs !== undefined) next.add(invite.acceptByMs);
    next.add(blockDueMs(invite));
    for (const { atMs } of invite.resumes) next.add(atMs);
    const flushMs = invite.isBusy || !isLive(session) ? undefined : flushDueMs(invite);
    if (flushMs !== undefined) next.add(flushMs);
  }
}
