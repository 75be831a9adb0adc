import { isSameBridge } from "./bridge-selection/bridge.ts";
import type { Conference, Member } from "./conference.ts";
import { isCrowd, reinvite } from "./invitations.ts";
import { anybody, Placement, viewOf } from "./placement.ts";
import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

const text = "moving to another bridge";

/** A bridge that drains is left by one endpoint after the other, for as long as another bridge can take them. */
export function moveFromDraining(turn: Turn): void {
  if (turn.now < turn.state.moveAtMs || !turn.state.bridges.some((use) => viewOf(turn, use)?.draining)) return;
  const leaving = [...turn.members.values()].filter((member) => isOnDraining(turn, member));
  // Who speaks is heard where it is for as long as possible.
  const next = leaving.find(({ endpoint }) => endpoint !== turn.state.speaker.endpoint) ?? leaving[0];
  if (!next) return;
  const view = new Placement(turn).choose({ region: next.region, avoid: "" });
  if (!view || view.draining) return;
  reinvite(turn, next.endpoint, text);
  turn.change({ moveAtMs: turn.now + fixed.moveIntervalMs });
}

function isOnDraining(turn: Turn, { session: { invite } }: Member): boolean {
  return invite !== undefined && viewOf(turn, { id: invite.bridge, instance: invite.instance })?.draining === true;
}

/** With one bridge for all of a conference, it goes to the next as a whole. */
export function moveTogether(turn: Turn): void {
  const [main] = turn.state.bridges;
  const home = new Placement(turn).choose(anybody);
  if (!main || main.isLost || !home) return;
  const isWhole = turn.state.bridges.length === 1 && (isSameBridge(main, home) || !isUnusable(turn));
  if (isWhole) return;
  for (const { endpoint, session } of turn.members.values()) {
    const { invite } = session;
    if (invite && !isSameBridge({ id: invite.bridge, instance: invite.instance }, home)) reinvite(turn, endpoint, text);
  }
}

/** The only bridge drains, or is unwell while somebody needs a place there. */
function isUnusable(turn: Turn): boolean {
  const [main] = turn.state.bridges;
  const view = main && viewOf(turn, main);
  if (view?.draining) return true;
  return !view?.healthy && isCrowd(turn) && [...turn.members.values()].some(({ session }) => session.state === "idle");
}

/** An operator wants these elsewhere. Those stay whom no other bridge can take. */
export function moveEndpoints(turn: Turn, endpoints: readonly string[]): void {
  const placement = new Placement(turn);
  for (const endpoint of endpoints) {
    const member = turn.member(endpoint);
    const invite = member?.session.invite;
    if (!invite) continue;
    const avoid = invite.bridge;
    const view = placement.choose({ region: member.region, avoid });
    if (!view || view.id === avoid) continue;
    placement.note(view);
    reinvite(turn, endpoint, text, { avoid });
  }
}

/** Who has a place on that bridge, or on any; who joined last comes first. */
export function endpointsOn({ members }: Conference, bridge: string | undefined): readonly string[] {
  return [...members.values()]
    .filter(({ session: { invite } }) => invite && (bridge === undefined || invite.bridge === bridge))
    .map(({ endpoint }) => endpoint)
    .toReversed();
}
