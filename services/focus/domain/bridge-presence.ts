import { isCrowd } from "./invitations.ts";
import { anybody, Placement } from "./placement.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/**
 * Jitsi's own web app loads itself again when it is told that there is no bridge. One that crashed is back, or replaced,
 * sooner than that, so the loss of a bridge is shown only when it lasts.
 */
export function showPresence(turn: Turn): void {
  noteLoss(turn);
  const { bridges, presence, bridgeLostMs } = turn.state;
  const isLost = bridgeLostMs !== 0;
  const isGone = isLost && turn.now >= bridgeLostMs + fixed.bridgeReturnMs;
  const isMissed = !isLost && isSomebodyIdle(turn) && !new Placement(turn).choose(anybody);
  const bridgeNotAvailable = isCrowd(turn) && (isMissed || isGone);
  const bridgeCount = bridges.filter((use) => !use.isLost).length;
  if (presence.bridgeNotAvailable === bridgeNotAvailable && presence.bridgeCount === bridgeCount) return;
  const next = { ...presence, bridgeNotAvailable, bridgeCount };
  turn.change({ presence: next });
  turn.do({ type: "show-presence", presence: next });
}

function isSomebodyIdle(turn: Turn): boolean {
  return [...turn.members.values()].some(({ session }) => session.state === "idle");
}

function noteLoss(turn: Turn): void {
  const { bridges, bridgeLostMs } = turn.state;
  const isLost = bridges.some((use) => use.isLost);
  if (isLost !== (bridgeLostMs !== 0)) turn.change({ bridgeLostMs: isLost ? turn.now : 0 });
}
