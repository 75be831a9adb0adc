import { flushAssignments } from "./breakouts.ts";
import { isCall } from "./conference.ts";
import type { EndReason, LeftReason } from "./facts.ts";
import { closeLobby } from "./lobby.ts";
import { leave } from "./membership.ts";
import { endRecordings } from "./recording-progress.ts";
import type { Turn } from "./turn.ts";

/** Ends the sitting: everybody's left, then `session.ended`, once and last. */
export function end(turn: Turn, reason: EndReason, lefts: LeftReason, isRoomGone: boolean): void {
  if (turn.state.phase === "ended") return;
  flushAssignments(turn);
  endRecordings(turn, reason === "empty" || reason === "limit" ? reason : "ended");
  closeLobby(turn);
  const withoutPeople = [...turn.members.values()].some(isCall);
  for (const { endpoint, isMoving } of [...turn.members.values()]) leave(turn, endpoint, isMoving ? "moved" : lefts);
  turn.change({ phase: "ended", reactions: new Map() });
  if (turn.state.startedMs > 0) tellEnded(turn, reason);
  for (const { id, isTold, isLost } of turn.state.bridges) {
    if (isTold && !isLost) turn.do({ type: "expire-conference", bridge: id });
  }
  for (const { id } of turn.state.taps) turn.do({ type: "expire-conference", bridge: id });
  if (!isRoomGone) turn.do({ type: "close-room", reason, withoutPeople });
  turn.do({ type: "finish" });
}

function tellEnded(turn: Turn, reason: EndReason): void {
  const { startedMs, totals, roster } = turn.state;
  turn.record("sessionEnded", {
    reason,
    durationSeconds: Math.max(0, turn.now - startedMs) / 1000,
    totals: { participants: roster.size, ...totals },
    roster: [...roster].map(([person, line]) => ({
      person,
      firstJoinMs: line.firstJoinMs,
      lastLeaveMs: line.lastLeaveMs,
      seconds: line.ms / 1000,
      speakingSeconds: line.speakingMs / 1000,
    })),
  });
}

const endReasons = new Set(["empty", "moderator", "limit", "operator"]);

/** The XMPP server's word for why a room is gone, where the public contract has it too. */
export function toEndReason(reason: string): EndReason {
  return endReasons.has(reason) ? (reason as EndReason) : "operator";
}
