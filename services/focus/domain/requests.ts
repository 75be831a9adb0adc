import { checkAnswer } from "./answer.ts";
import { useOf } from "./bridge-selection/bridge.ts";
import { type Invite, isCall, isLive } from "./conference.ts";
import type { Failure, Input } from "./inputs.ts";
import { endByClient, reinviteAfterFailure, tellFailure } from "./invitations.ts";
import type { Source } from "./media.ts";
import { checkRestart, noteRestart } from "./restarts.ts";
import { checkSources } from "./sender-limits.ts";
import { currentInvite, enqueue, withdraw } from "./signalling.ts";
import { publish, unpublish, unpublishMissing } from "./source-facts.ts";
import { isSameSource, matchRemoved, validateSources } from "./sources.ts";
import type { Turn } from "./turn.ts";

type Of<T extends Input["type"]> = Extract<Input, { readonly type: T }>;

/** What the client hears now: that it is done, what is wrong, or nothing until the bridge has answered. */
export type Answer = "done" | "later" | Failure;

const unknownSession: Failure = { code: "not-found", message: "no such session" };
const notAccepted: Failure = { code: "failed-precondition", message: "that session has not been accepted" };

/** What clients ask about their sessions and sources. A refusal goes to the asker and changes nothing. */
export function accept(turn: Turn, input: Of<"session-accepted">): Answer {
  const { ask, endpoint, jingleSession, descriptions, transport } = input;
  const member = turn.member(endpoint);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!member || !invite) return unknownSession;
  if (isLive(member.session)) return "done";
  if (member.session.state !== "offered") return unknownSession;
  const sources = input.sources.map((source) => ({ ...source, owner: source.owner || endpoint }));
  const verdict = validateSources(turn.members, endpoint, sources, turn.rules.limits);
  const problem = checkAnswer(descriptions, transport, isCall(member)) ?? (verdict.ok ? undefined : verdict.failure);
  if (problem) return problem;
  if (!transport) return unknownSession;
  turn.setMember({
    ...member,
    sentSources: byName(sources),
    session: { ...member.session, state: "accepted", invite: { ...invite, descriptions, acceptByMs: undefined } },
  });
  const { bridge, instance } = invite;
  turn.do({
    type: "connect-endpoint",
    ask,
    bridge,
    instance,
    endpoint,
    jingleSession,
    descriptions,
    transport,
    sources,
    initialLastN: input.initialLastN,
  });
  return "later";
}

export function noteAccepted(turn: Turn, input: Of<"endpoint-accepted">): void {
  const { ask, endpoint, jingleSession, names, announcements } = input;
  turn.reply(ask);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!invite) return;
  turn.changeSession(endpoint, { failures: 0 });
  // The accept proves that what the offer held is applied.
  const resumes = [...invite.resumes, { names: invite.offered, atMs: turn.now }];
  turn.changeInvite(endpoint, { resumes, taken: new Set(names) });
  publish(turn, endpoint, stillSent(turn, endpoint, names), invite.descriptions);
  unpublishMissing(turn, endpoint);
  enqueue(turn, announcements, invite.bridge);
}

export function noteNotAccepted(turn: Turn, input: Of<"endpoint-not-accepted">): void {
  const { ask, endpoint, jingleSession, failure } = input;
  const invite = currentInvite(turn, endpoint, jingleSession);
  const isTheirs = invite !== undefined && !isOnLostBridge(turn, invite) && isClientsFault(failure);
  turn.reply(ask, isTheirs ? failure : undefined);
  if (isTheirs) {
    turn.changeMember(endpoint, { sentSources: new Map() });
    turn.changeSession(endpoint, { state: "offered" });
  } else if (invite && !isOnLostBridge(turn, invite)) {
    reinviteAfterFailure(turn, endpoint, "the bridge did not take the session");
  } else if (invite) {
    noteMissed(turn, endpoint);
  }
}

export function addSources(turn: Turn, input: Of<"sources-added">): Answer {
  const { ask, endpoint, jingleSession } = input;
  const member = turn.member(endpoint);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!member || !invite) return unknownSession;
  if (!isLive(member.session)) return notAccepted;
  const sources = input.sources
    .map((source) => ({ ...source, owner: source.owner || endpoint }))
    .filter((source) => !isKnown(member.sentSources, source));
  if (sources.length === 0) return "done";
  const verdict = validateSources(turn.members, endpoint, sources, turn.rules.limits);
  if (!verdict.ok) return verdict.failure;
  const refusal = checkSources(turn, endpoint, sources);
  if (refusal) return refusal;
  turn.changeMember(endpoint, { sentSources: new Map([...member.sentSources, ...byName(sources)]) });
  const { bridge, instance } = invite;
  turn.do({ type: "add-sources", ask, bridge, instance, endpoint, jingleSession, sources });
  return "later";
}

export function noteSourcesTaken(turn: Turn, input: Of<"bridge-took-sources">): void {
  const { ask, endpoint, jingleSession, names, announcements } = input;
  turn.reply(ask);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!invite) return;
  turn.changeInvite(endpoint, { taken: new Set([...invite.taken, ...names]) });
  publish(turn, endpoint, stillSent(turn, endpoint, names), invite.descriptions);
  enqueue(turn, announcements, invite.bridge);
}

export function noteSourcesRefused(turn: Turn, input: Of<"bridge-refused-sources">): void {
  const { ask, endpoint, jingleSession, names, failure } = input;
  const invite = currentInvite(turn, endpoint, jingleSession);
  // A new invitation is on its way or follows, and its accept will hold them.
  if (!invite || isOnLostBridge(turn, invite)) {
    turn.reply(ask);
    noteMissed(turn, endpoint);
    return;
  }
  forget(turn, endpoint, names);
  // An earlier source of that name may have been in somebody's offer meanwhile.
  withdraw(turn, names);
  const { bridge, instance } = invite;
  if (!isClientsFault(failure)) {
    turn.do({ type: "remove-sources", bridge, instance, endpoint, jingleSession, names });
  }
  turn.reply(ask, failure);
}

export function removeSources(turn: Turn, input: Of<"sources-removed">): Answer {
  const { endpoint, jingleSession } = input;
  const member = turn.member(endpoint);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!member || !invite) return unknownSession;
  if (!isLive(member.session)) return notAccepted;
  const found = matchRemoved(member, input.sources);
  if (!isList(found)) return found;
  const names = found.map(({ name }) => name);
  forget(turn, endpoint, names);
  unpublish(turn, endpoint, names);
  withdraw(turn, names);
  const { bridge, instance } = invite;
  turn.do({ type: "remove-sources", bridge, instance, endpoint, jingleSession, names });
  if (isOnLostBridge(turn, invite)) noteMissed(turn, endpoint);
  return "done";
}

export function terminate(turn: Turn, input: Of<"session-terminated">): Answer {
  const { endpoint, jingleSession, bridgeSession, restart } = input;
  const member = turn.member(endpoint);
  const invite = currentInvite(turn, endpoint, jingleSession);
  // Whoever left has no session any more, and a client that leaves says so in either order.
  if (!member && !restart) return "done";
  if (!member || !invite) return unknownSession;
  if (restart && invite.bridgeSession !== bridgeSession) {
    return { code: "not-found", message: "no such bridge session" };
  }
  const refusal = restart ? checkRestart(member, turn.now, turn.rules) : undefined;
  if (refusal) return refusal;
  if (input.reason === "connectivity-error") tellFailure(turn, endpoint, jingleSession, "ice");
  if (restart) turn.changeMember(endpoint, { restarts: noteRestart(member, turn.now) });
  endByClient(turn, endpoint, restart);
  return "done";
}

export function requestIceRestart(turn: Turn, input: Of<"ice-restart-requested">): Answer {
  const { ask, endpoint, jingleSession, bridgeSession } = input;
  const invite = currentInvite(turn, endpoint, jingleSession);
  const member = turn.member(endpoint);
  if (!member || !invite || invite.bridgeSession !== bridgeSession) return unknownSession;
  if (isCall(member)) return { code: "failed-precondition", message: "a call has no ICE" };
  const { bridge, instance } = invite;
  turn.do({ type: "restart-ice", ask, bridge, instance, endpoint, jingleSession });
  return "later";
}

export function noteIceRestarted(turn: Turn, input: Of<"ice-restarted">): void {
  const { ask, endpoint, jingleSession, transport } = input;
  turn.reply(ask);
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!invite) return;
  const iceGeneration = Math.max(invite.iceGeneration + 1, transport.iceGeneration);
  turn.changeInvite(endpoint, { iceGeneration });
  turn.do({ type: "replace-transport", endpoint, jingleSession, transport: { ...transport, iceGeneration } });
}

export function noteTransport(turn: Turn, input: Of<"transport-updated">): Answer {
  const { endpoint, jingleSession } = input;
  // mediasoup learns the client's address from its checks: its new credentials are of no use to a bridge.
  return currentInvite(turn, endpoint, jingleSession) ? "done" : unknownSession;
}

function forget(turn: Turn, endpoint: string, names: readonly string[]): void {
  const member = turn.member(endpoint);
  if (!member) return;
  const rest = new Map([...member.sentSources].filter(([name]) => !names.includes(name)));
  turn.changeMember(endpoint, { sentSources: rest });
}

function stillSent(turn: Turn, endpoint: string, names: readonly string[]): readonly Source[] {
  const sent = turn.member(endpoint)?.sentSources;
  return names.flatMap((name) => sent?.get(name) ?? []);
}

function byName(sources: readonly Source[]): ReadonlyMap<string, Source> {
  return new Map(sources.map((source) => [source.name, source]));
}

function isKnown(sent: ReadonlyMap<string, Source>, source: Source): boolean {
  const known = sent.get(source.name);
  return known !== undefined && isSameSource(known, source);
}

function isOnLostBridge(turn: Turn, invite: Invite): boolean {
  const use = useOf(turn.state.bridges, invite);
  return !use || use.isLost;
}

/** What the bridge was to do it has not done: if it is back already, nothing else makes that good. */
export function noteBridgeMissed(turn: Turn, { endpoint, jingleSession }: Of<"bridge-missed">): void {
  const invite = currentInvite(turn, endpoint, jingleSession);
  if (!invite) return;
  if (isOnLostBridge(turn, invite)) noteMissed(turn, endpoint);
  else reinviteAfterFailure(turn, endpoint, "the bridge was out of reach");
}

/** A bridge that comes back without having been told is not the one that the client thinks it talks to. */
function noteMissed(turn: Turn, endpoint: string): void {
  turn.changeInvite(endpoint, { hasMissed: true });
}

function isClientsFault({ code }: Failure): boolean {
  return code === "invalid-argument" || code === "resource-exhausted" || code === "already-exists";
}

function isList(found: readonly Source[] | Failure): found is readonly Source[] {
  return Array.isArray(found);
}
