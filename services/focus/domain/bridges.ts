import { type BridgeUse, type BridgeView, isSameBridge } from "./bridge-selection/bridge.ts";
import { isCrowd, reinvite } from "./invitations.ts";
import { moveFromDraining, moveTogether } from "./moving.ts";
import { anybody, countEndpoints, isSingle, Placement, viewOf } from "./placement.ts";
import { dropRelaysTo, renewRelays } from "./relays.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/** Which bridges the conference is on. The first one is taken early, so that the second participant need not wait. */
export function settleBridges(turn: Turn): void {
  leaveLost(turn);
  if (turn.state.bridges.length === 0) {
    const view = new Placement(turn).choose(anybody);
    if (view) turn.change({ bridges: [newUse(view, "load")] });
  }
  if (isSingle(turn)) moveTogether(turn);
  else moveFromDraining(turn);
}

/** After the invitations: bridges that nobody uses are let go, and the facts name those that are. */
export function tidyBridges(turn: Turn): void {
  leaveUnused(turn);
  tellBridges(turn);
}

/** Somebody is placed on it, and so it takes part from here on. */
export function takeInto(turn: Turn, view: BridgeView, region: string): void {
  const { bridges } = turn.state;
  if (bridges.some((use) => isSameBridge(use, view))) return;
  const isForRegion = region !== "" && view.region === region && bridges[0]?.region !== region;
  turn.change({ bridges: [...bridges, newUse(view, isForRegion ? "region" : "load")] });
}

function newUse({ id, instance, region }: BridgeView, reason: string): BridgeUse {
  return { id, instance, region, reason, isLost: false, lostReason: "", isTold: false, unusedSinceMs: 0 };
}

/** While nobody else can take its people they wait: a bridge that comes back still holds them. */
function leaveLost(turn: Turn): void {
  for (const use of turn.state.bridges) {
    if (!use.isLost) continue;
    const view = new Placement(turn).choose(anybody);
    if (view) leaveBridge(turn, use, view, use.lostReason === "drain" ? "drain" : "failure");
  }
}

function leaveUnused(turn: Turn): void {
  if (turn.state.bridges.length < 2) return;
  const counts = countEndpoints(turn);
  // The main bridge stays if one of them does.
  for (const { id, instance } of turn.state.bridges.toReversed()) {
    const use = turn.state.bridges.find((one) => isSameBridge(one, { id, instance }));
    const next = turn.state.bridges.find((one) => one !== use && !one.isLost);
    if (!use || !next || use.isLost) continue;
    const isUnused = counts.get(id) === 0;
    if (!isUnused) {
      if (use.unusedSinceMs !== 0) changeUse(turn, use, { unusedSinceMs: 0 });
      continue;
    }
    const view = viewOf(turn, use);
    const isWanted = view?.healthy === true && !view.draining && !isSingle(turn);
    if (isWanted && use.unusedSinceMs === 0) changeUse(turn, use, { unusedSinceMs: turn.now });
    else if (!isWanted || turn.now >= use.unusedSinceMs + fixed.bridgeIdleMs) {
      leaveBridge(turn, use, undefined, view?.draining ? "drain" : "load");
    }
  }
}

/** `fallback` is taken in where no other bridge is left. */
function leaveBridge(turn: Turn, use: BridgeUse, fallback: BridgeView | undefined, reason: string): void {
  const invited = [...turn.members.values()].filter(({ session: { invite } }) => {
    return invite && isSameBridge({ id: invite.bridge, instance: invite.instance }, use);
  });
  remove(turn, use, fallback, { reason, hadEndpoints: invited.length > 0 });
  const leftBridges = [...turn.state.leftBridges.filter((left) => !isSameBridge(left, use)), use];
  turn.change({ leftBridges: leftBridges.slice(-fixed.leftBridges) });
  // One that is there waits to be rid of the conference; one that is lost is told when it wakes up.
  const isReplaced = turn.state.bridges.some(({ id }) => id === use.id);
  const isThere = !use.isLost || use.lostReason === "drain";
  if (isThere && !isReplaced) turn.do({ type: "expire-conference", bridge: use.id });
  dropRelaysTo(turn, use);
  for (const { endpoint } of invited) reinvite(turn, endpoint, "moving to another bridge");
}

function remove(
  turn: Turn,
  use: BridgeUse,
  fallback: BridgeView | undefined,
  { reason, hadEndpoints }: { readonly reason: string; readonly hadEndpoints: boolean },
): void {
  const rest = turn.state.bridges.filter((other) => other !== use);
  if (turn.state.bridges[0] !== use) {
    turn.change({ bridges: rest });
    const isStillTold = rest.some(({ id, isTold }) => id === use.id && isTold);
    if (use.isTold && !isStillTold) turn.record("bridgeRelayDown", { bridge: use.id, region: use.region, reason });
    return;
  }
  const next = rest.find(({ isLost }) => !isLost) ?? (fallback ? newUse(fallback, "load") : undefined);
  if (!next) return;
  turn.change({
    bridges: [{ ...next, isTold: next.isTold || use.isTold }, ...rest.filter((other) => other !== next)],
  });
  const isNews = use.isTold && (hadEndpoints || use.id !== next.id);
  if (isNews) turn.record("bridgeMoved", { bridge: next.id, region: next.region, reason });
}

function tellBridges(turn: Turn): void {
  const { bridges, startedMs } = turn.state;
  if (startedMs === 0 || !isCrowd(turn)) return;
  const main = bridges[0];
  if (!main || main.isLost) return;
  for (const use of bridges) {
    if (use.isTold || use.isLost) continue;
    changeUse(turn, use, { isTold: true });
    const { id: bridge, region, reason } = use;
    turn.record(use === main ? "bridgeAssigned" : "bridgeRelayUp", { bridge, region, reason });
  }
}

function changeUse(turn: Turn, use: BridgeUse, changes: Partial<BridgeUse>): void {
  turn.change({
    bridges: turn.state.bridges.map((other) => (isSameBridge(other, use) ? { ...other, ...changes } : other)),
  });
}

export function loseBridge(turn: Turn, id: string, instance: string, reason: string): void {
  for (const use of turn.state.bridges) {
    if (isSameBridge(use, { id, instance }) && !use.isLost) changeUse(turn, use, { isLost: true, lostReason: reason });
  }
}

/**
 * A bridge thought lost speaks again, and is the same process: with nothing else found meanwhile, its endpoints are
 * still there and go on. A sitting that has moved away has it drop them, so that nobody is heard twice.
 */
export function regainBridge(turn: Turn, id: string, instance: string): void {
  const { bridges, leftBridges } = turn.state;
  const use = bridges.find((one) => isSameBridge(one, { id, instance }));
  if (use) {
    changeUse(turn, use, { isLost: false });
    renewRelays(turn, use.id);
    for (const { endpoint, session } of turn.members.values()) {
      const isMissing = session.invite?.hasMissed && session.invite.bridge === id;
      if (isMissing) reinvite(turn, endpoint, "the bridge was out of reach");
    }
    return;
  }
  if (!leftBridges.some((left) => isSameBridge(left, { id, instance }))) return;
  turn.change({ leftBridges: leftBridges.filter((left) => !isSameBridge(left, { id, instance })) });
  if (!bridges.some((one) => one.id === id)) turn.do({ type: "expire-conference", bridge: id });
}

/**
 * A bridge that stood still while this conference left it, and the focus was another process then, may still hold it:
 * nobody is to be heard twice.
 */
export function clearUnused(
  turn: Turn,
  bridge: { readonly id: string; readonly instance: string },
  endpoints: readonly { readonly endpoint: string; readonly jingleSession: string }[],
): void {
  const { id, instance } = bridge;
  if (!turn.state.bridges.some((use) => isSameBridge(use, bridge))) {
    turn.do({ type: "expire-conference", bridge: id });
    return;
  }
  for (const { endpoint, jingleSession } of endpoints) {
    const invite = turn.member(endpoint)?.session.invite;
    const isThere = invite && isSameBridge({ id: invite.bridge, instance: invite.instance }, bridge);
    if (!isThere) turn.do({ type: "expire-endpoint", bridge: id, instance, endpoint, jingleSession });
  }
}
