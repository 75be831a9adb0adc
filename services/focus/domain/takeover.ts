import { adoptHeld } from "./adoption.ts";
import { isKeptByBreakouts } from "./breakouts.ts";
import type { Occupant } from "./conference.ts";
import { end } from "./ending.ts";
import type { Input } from "./inputs.ts";
import { admitSeen, seeLobby } from "./lobby.ts";
import { reconcile } from "./membership.ts";
import { tellPolicy } from "./policy.ts";
import { adoptJobs } from "./recording-adoption.ts";
import { countsOf, type Turn } from "./turn.ts";

/**
 * Goes on where the former focus process stopped: says so, makes good what happened meanwhile, and takes the endpoints
 * over as the bridge holds them. Nobody who has one is invited again.
 */
export function takeOver(
  turn: Turn,
  { occupants, policy, visitors, held, sessions, jobs = [] }: Extract<Input, { readonly type: "taken-over" }>,
): void {
  if (turn.state.startedMs > 0) turn.record("sessionResumed", { counts: countsOf(turn) });
  adoptJobs(turn, jobs);
  if (policy) turn.change({ policy });
  if (occupants.length === 0 && !isKeptByBreakouts(turn)) {
    for (const { bridge } of held) turn.do({ type: "expire-conference", bridge });
    end(turn, "server-lost", "server-lost", false);
    return;
  }
  for (const occupant of occupants) rememberQuietly(turn, occupant);
  admitSeen(turn, occupants);
  reconcile(turn, occupants);
  seeLobby(turn, visitors);
  tellPolicy(turn, "");
  adoptHeld(turn, held, sessions);
  endUnheld(turn, sessions);
}

/** A session that no bridge holds any more is ended for its client before it is invited to the next. */
function endUnheld(turn: Turn, sessions: ReadonlyMap<string, string>): void {
  for (const { endpoint, session } of turn.members.values()) {
    const jingleSession = sessions.get(endpoint);
    if (session.invite || jingleSession === undefined) continue;
    const text = "moving to another bridge";
    turn.do({ type: "end-session", endpoint, jingleSession, reason: "success", text });
  }
}

/** What the facts don't hold (names, features, when exactly a hand went up) is no change. */
function rememberQuietly(turn: Turn, occupant: Occupant): void {
  const known = turn.member(occupant.endpoint);
  if (!known) return;
  const { profile, statsId, features, region, isOwner, client, sources, isEntitled, isService, gateway, userId } =
    occupant;
  const isHandUp = known.raisedHandMs !== 0 && occupant.raisedHandMs !== 0;
  const raisedHandMs = isHandUp ? occupant.raisedHandMs : known.raisedHandMs;
  const quiet = {
    profile,
    statsId,
    features,
    region,
    isOwner,
    client,
    sources,
    isEntitled,
    isService,
    gateway,
    userId,
  };
  turn.setMember({ ...known, ...quiet, raisedHandMs, wasOwner: isOwner || known.wasOwner });
}
