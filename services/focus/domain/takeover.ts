import { isKeptByBreakouts } from "./breakouts.ts";
import type { BridgeUse } from "./bridge-selection/bridge.ts";
import type { Invite, Member, Occupant, Session } from "./conference.ts";
import { end } from "./ending.ts";
import type { HeldConference, HeldEndpoint, Input } from "./inputs.ts";
import { admitSeen } from "./lobby.ts";
import type { Source } from "./media.ts";
import { reconcile } from "./membership.ts";
import { tellPolicy } from "./policy.ts";
import { fixed } from "./rules.ts";
import { publish, unpublishMissing } from "./source-facts.ts";
import { changeSpeaker } from "./speaker.ts";
import { countsOf, type Turn } from "./turn.ts";

/**
 * Goes on where the former focus process stopped: says so, makes good what happened meanwhile, and takes the endpoints
 * over as the bridge holds them. Nobody who has one is invited again.
 */
export function takeOver(
  turn: Turn,
  { occupants, policy, held, sessions }: Extract<Input, { readonly type: "taken-over" }>,
): void {
  if (turn.state.startedMs > 0) turn.record("sessionResumed", { counts: countsOf(turn) });
  if (policy) turn.change({ policy });
  if (occupants.length === 0 && !isKeptByBreakouts(turn)) {
    for (const { bridge } of held) turn.do({ type: "expire-conference", bridge });
    end(turn, "server-lost", "server-lost", false);
    return;
  }
  for (const occupant of occupants) rememberQuietly(turn, occupant);
  admitSeen(turn, occupants);
  reconcile(turn, occupants);
  tellPolicy(turn, "");
  const main = held.find(({ bridge }) => bridge === turn.state.bridges[0]?.id) ?? held[0];
  for (const conference of held) {
    if (conference === main) adopt(turn, conference);
    else turn.do({ type: "expire-conference", bridge: conference.bridge });
  }
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
  const { profile, statsId, features, region, isOwner, client, sources, isEntitled, isService, userId } = occupant;
  const isHandUp = known.raisedHandMs !== 0 && occupant.raisedHandMs !== 0;
  const raisedHandMs = isHandUp ? occupant.raisedHandMs : known.raisedHandMs;
  const quiet = { profile, statsId, features, region, isOwner, client, sources, isEntitled, isService, userId };
  turn.setMember({ ...known, ...quiet, raisedHandMs, wasOwner: isOwner });
}

function adopt(turn: Turn, held: HeldConference): void {
  const { bridge: id, instance, region } = held;
  const isTold = turn.state.bridges[0]?.isTold ?? false;
  const bridge: BridgeUse = { id, instance, region, isLost: false, lostReason: "", isTold };
  turn.change({ bridges: [bridge] });
  const sent = new Map(held.endpoints.flatMap((one) => (one.accepted ? one.sources : [])).map((s) => [s.name, s]));
  for (const endpoint of held.endpoints) {
    if (turn.member(endpoint.endpoint)) adoptEndpoint(turn, bridge, endpoint, sent);
    else {
      const { endpoint: name, jingleSession } = endpoint;
      turn.do({ type: "expire-endpoint", bridge: id, instance, endpoint: name, jingleSession });
    }
  }
  for (const { endpoint, accepted } of held.endpoints) {
    const member = turn.member(endpoint);
    if (!member || !accepted) continue;
    publish(turn, endpoint, [...member.sentSources.values()], []);
    unpublishMissing(turn, endpoint);
  }
  changeSpeaker(turn, held.speaker);
}

function adoptEndpoint(turn: Turn, bridge: BridgeUse, held: HeldEndpoint, sent: ReadonlyMap<string, Source>): void {
  const member = turn.member(held.endpoint);
  if (!member) return;
  const sources = held.accepted ? held.sources : [];
  turn.setMember({
    ...member,
    sentSources: new Map(sources.map((source) => [source.name, source])),
    session: adoptSession(turn, bridge, held, sent),
  } satisfies Member);
}

function adoptSession(turn: Turn, bridge: BridgeUse, held: HeldEndpoint, sent: ReadonlyMap<string, Source>): Session {
  const isThere = ({ owner, name }: Source) => turn.member(owner) !== undefined && sent.has(name);
  // Whether these were announced nobody knows: told to forget them, the client takes them once and only once.
  const unsure = held.accepted ? held.received.filter(({ name }) => held.waiting.includes(name)) : [];
  const told = held.received.filter((source) => !unsure.includes(source));
  const invite: Invite = {
    jingleSession: held.jingleSession,
    bridgeSession: held.bridgeSession,
    bridge: bridge.id,
    instance: bridge.instance,
    offered: held.accepted ? [] : told.map(({ name }) => name),
    told: byName(told.filter(isThere)),
    pending: byName(unsure.filter(isThere)),
    withdrawals: [...unsure, ...told.filter((source) => !isThere(source))].filter(
      ({ owner }) => turn.member(owner) !== undefined,
    ),
    isBusy: false,
    resumes: [],
    descriptions: [],
    iceGeneration: 0,
    failedStages: [],
    blocked: held.blocked,
    blockAtMs: 0,
    ...(held.accepted ? {} : { acceptByMs: turn.now + fixed.adoptedAcceptMs }),
  };
  const state = held.connected ? "connected" : held.accepted ? "accepted" : "offered";
  return { state, invite, failures: 0, retryAtMs: 0 };
}

function byName(sources: readonly Source[]): ReadonlyMap<string, Source> {
  return new Map(sources.map((source) => [source.name, source]));
}
