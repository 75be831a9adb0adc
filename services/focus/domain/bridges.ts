import { type BridgeUse, type BridgeView, isSameBridge } from "./bridge-selection/bridge.ts";
import { chooseSingle } from "./bridge-selection/single.ts";
import type { Member } from "./conference.ts";
import { isCrowd, reinvite } from "./invitations.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/** Puts the conference on a bridge: early, so that the second participant need not wait for the choice. */
export function settleBridge(turn: Turn): void {
  const [bridge] = turn.state.bridges;
  if (!bridge) {
    const view = chooseSingle(undefined, turn.bridges, turn.rules.stressLimit);
    if (view) use(turn, view, "load");
  } else if (isUnusable(turn, bridge)) {
    const view = chooseSingle(bridge, turn.bridges, turn.rules.stressLimit);
    if (view && !isSameBridge(view, bridge)) move(turn, bridge, view);
  }
  tellAssigned(turn);
}

/** Lost; or unwell while somebody needs a place there. */
function isUnusable(turn: Turn, bridge: BridgeUse): boolean {
  if (bridge.isLost) return true;
  return !takesEndpoints(turn) && isCrowd(turn) && [...turn.members.values()].some(isWaiting);
}

function isWaiting({ session }: Member): boolean {
  return session.state === "idle";
}

/** The conference's bridge is there and well. */
export function takesEndpoints(turn: Turn): boolean {
  const [bridge] = turn.state.bridges;
  if (!bridge || bridge.isLost) return false;
  return turn.bridges.some((view) => isSameBridge(view, bridge) && view.healthy);
}

function use(turn: Turn, view: BridgeView, reason: string, isTold = false): void {
  const { id, instance, region } = view;
  turn.change({ bridges: [{ id, instance, region, isLost: false, lostReason: reason, isTold }] });
}

function move(turn: Turn, from: BridgeUse, view: BridgeView): void {
  const hadEndpoints = [...turn.members.values()].some(({ session }) => session.invite);
  leaveBridge(turn, from);
  use(turn, view, "load", from.isTold);
  for (const member of turn.members.values()) {
    const { invite } = member.session;
    if (invite && isSameBridge({ id: invite.bridge, instance: invite.instance }, from)) {
      reinvite(turn, member.endpoint, "moving to another bridge");
    }
  }
  if (!from.isTold || (!hadEndpoints && from.id === view.id)) return;
  const reason = from.lostReason === "drain" ? "drain" : "failure";
  turn.record("bridgeMoved", { bridge: view.id, region: view.region, reason });
}

/** One that drains or is unwell waits to be rid of the endpoints; one that is lost is told when it wakes up. */
function leaveBridge(turn: Turn, from: BridgeUse): void {
  const leftBridges = [...turn.state.leftBridges.filter((left) => !isSameBridge(left, from)), from];
  turn.change({ leftBridges: leftBridges.slice(-fixed.leftBridges) });
  if (!from.isLost || from.lostReason === "drain") turn.do({ type: "expire-conference", bridge: from.id });
}

function tellAssigned(turn: Turn): void {
  const {
    bridges: [bridge],
    startedMs,
  } = turn.state;
  if (!bridge || bridge.isTold || bridge.isLost || startedMs === 0 || !isCrowd(turn)) return;
  turn.change({ bridges: [{ ...bridge, isTold: true }] });
  turn.record("bridgeAssigned", { bridge: bridge.id, region: bridge.region, reason: "load" });
}

export function loseBridge(turn: Turn, id: string, instance: string, reason: string): void {
  const [bridge] = turn.state.bridges;
  if (!bridge || bridge.isLost || !isSameBridge(bridge, { id, instance })) return;
  turn.change({ bridges: [{ ...bridge, isLost: true, lostReason: reason }] });
}

/**
 * A bridge thought lost speaks again, and is the same process: with nothing else found meanwhile, its endpoints are
 * still there and go on. A sitting that has moved away has it drop them, so that nobody is heard twice.
 */
export function regainBridge(turn: Turn, id: string, instance: string): void {
  const {
    bridges: [bridge],
    leftBridges,
  } = turn.state;
  if (bridge && isSameBridge(bridge, { id, instance })) {
    turn.change({ bridges: [{ ...bridge, isLost: false }] });
    return;
  }
  if (!leftBridges.some((left) => isSameBridge(left, { id, instance }))) return;
  turn.change({ leftBridges: leftBridges.filter((left) => !isSameBridge(left, { id, instance })) });
  if (bridge?.id !== id) turn.do({ type: "expire-conference", bridge: id });
}

/**
 * Jitsi's own web app loads itself again when it is told that there is no bridge. One that crashed is back, or replaced,
 * sooner than that, so the loss of a bridge is shown only when it lasts.
 */
export function showPresence(turn: Turn): void {
  noteLoss(turn);
  const {
    bridges: [bridge],
    presence,
    bridgeLostMs,
  } = turn.state;
  const isLost = bridge?.isLost === true;
  const isGone = isLost && turn.now >= bridgeLostMs + fixed.bridgeReturnMs;
  const isMissed = !isLost && !takesEndpoints(turn) && [...turn.members.values()].some(isWaiting);
  const bridgeNotAvailable = isCrowd(turn) && (isMissed || isGone);
  const bridgeCount = bridge && !isLost ? 1 : 0;
  if (presence.bridgeNotAvailable === bridgeNotAvailable && presence.bridgeCount === bridgeCount) return;
  const next = { ...presence, bridgeNotAvailable, bridgeCount };
  turn.change({ presence: next });
  turn.do({ type: "show-presence", presence: next });
}

function noteLoss(turn: Turn): void {
  const {
    bridges: [bridge],
    bridgeLostMs,
  } = turn.state;
  const isLost = bridge?.isLost === true;
  if (isLost !== (bridgeLostMs !== 0)) turn.change({ bridgeLostMs: isLost ? turn.now : 0 });
}
