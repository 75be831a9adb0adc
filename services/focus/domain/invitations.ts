import { muteOf } from "./blocks.ts";
import { type BridgeView, useOf } from "./bridge-selection/bridge.ts";
import { takeInto } from "./bridges.ts";
import { type Conference, type Invite, idleSession, isCall, type Member, type Session } from "./conference.ts";
import type { EndpointOffer, Failure } from "./inputs.ts";
import { bridgeOwner } from "./media.ts";
import { releaseEndpoint } from "./membership.ts";
import { Placement } from "./placement.ts";
import { acknowledgesApplied, fixed } from "./rules.ts";
import { isLimitReached } from "./sender-limits.ts";
import { sessionIds } from "./session-ids.ts";
import { currentInvite, withdraw } from "./signalling.ts";
import { countsOf, refOf, type Turn } from "./turn.ts";

/** Invitations: who gets one, what it becomes, and how it ends. */
export function inviteIdle(turn: Turn): void {
  if (!isCrowd(turn)) return;
  const placement = new Placement(turn);
  for (const member of turn.members.values()) {
    if (member.session.state === "idle" && member.session.retryAtMs <= turn.now)
      invite(turn, member.endpoint, placement);
  }
}

/** Enough people for a call; a recorder of tracks takes part without being one of them. */
export function isCrowd(turn: Turn): boolean {
  return turn.members.size + turn.state.taps.length >= turn.rules.minParticipants;
}

function invite(turn: Turn, endpoint: string, placement: Placement): void {
  const member = turn.member(endpoint);
  const bridge = member && placement.choose({ region: member.region, avoid: member.session.avoid ?? "" });
  if (!bridge || !member) return;
  placement.note(bridge);
  takeInto(turn, bridge, member.region);
  const invitations = turn.state.invitations + 1;
  turn.change({ invitations });
  const fresh = newInvite(turn.state, member, bridge, invitations);
  turn.setMember({
    ...member,
    sentSources: new Map(),
    session: { ...member.session, state: "inviting", invite: fresh, retryAtMs: 0 },
  });
  turn.do({
    type: "create-endpoint",
    bridge: bridge.id,
    instance: bridge.instance,
    endpoint,
    jingleSession: fresh.jingleSession,
    bridgeSession: fresh.bridgeSession,
    statsId: member.statsId,
    fullIce: !isCall(member) && !member.features.includes(acknowledgesApplied),
    plain: isCall(member),
    forceMute: muteOf(member.blocks),
  });
}

function newInvite(state: Conference, member: Member, bridge: BridgeView, count: number): Invite {
  const ids = sessionIds(state.epoch, count);
  return {
    jingleSession: ids.jingle,
    bridgeSession: ids.bridge,
    bridge: bridge.id,
    instance: bridge.instance,
    offered: [],
    told: new Map(),
    pending: new Map(),
    withdrawals: [],
    isBusy: false,
    resumes: [],
    descriptions: [],
    taken: new Set(),
    iceGeneration: 0,
    failedStages: [],
    blocked: member.blocks,
    blockAtMs: 0,
  };
}

export function offer(turn: Turn, endpoint: string, jingleSession: string, created: EndpointOffer): void {
  const member = turn.member(endpoint);
  const current = currentInvite(turn, endpoint, jingleSession);
  if (!member || !current || member.session.state !== "inviting") return;
  // Somebody may have left, or have taken a source back, while the bridge was answering.
  const sources = created.sources.filter(
    ({ owner, name }) => owner === bridgeOwner || turn.member(owner)?.sentSources.has(name),
  );
  const remote = sources.filter(({ owner }) => owner !== bridgeOwner);
  turn.changeSession(endpoint, {
    state: "offered",
    invite: {
      ...current,
      offered: remote.map(({ name }) => name),
      told: new Map(remote.map((source) => [source.name, source])),
      pending: new Map([...current.pending].filter(([name]) => !remote.some((source) => source.name === name))),
    },
  });
  turn.changeMember(endpoint, { wasOffered: true });
  turn.do({
    type: "initiate-session",
    endpoint,
    jingleSession,
    bridgeSession: current.bridgeSession,
    offer: { ...created, sources },
    ...startMutedOf(turn, member),
  });
}

/** What a newcomer starts with; who is invited again goes on as it was. */
function startMutedOf(turn: Turn, { wasOffered, ordinal, blocks }: Member) {
  const { policy, startMuted } = turn.state;
  const isAfter = (count: number) => count > 0 && ordinal > count;
  const isAudioHeld = blocks.has("audio") || isLimitReached(turn, "audio");
  const isVideoHeld = blocks.has("video") || isLimitReached(turn, "video");
  const isAudioMuted = policy.startAudioMuted || isAfter(startMuted.audioAfter) || isAudioHeld;
  const isVideoMuted = policy.startVideoMuted || isAfter(startMuted.videoAfter) || isVideoHeld;
  return { startAudioMuted: !wasOffered && isAudioMuted, startVideoMuted: !wasOffered && isVideoMuted };
}

/** Ends a session so that the next `inviteIdle` begins another. The client hears of it where it knew of the session. */
export function reinvite(turn: Turn, endpoint: string, text: string, { avoid = "" } = {}): void {
  const member = turn.member(endpoint);
  if (!member?.session.invite) return;
  endTowardsClient(turn, member, "success", text);
  dropEndpoint(turn, endpoint, { ...idleSession, failures: member.session.failures, avoid });
}

/** As `reinvite`, later and later while it goes on failing. */
export function reinviteAfterFailure(turn: Turn, endpoint: string, text: string): void {
  const member = turn.member(endpoint);
  if (!member?.session.invite) return;
  const { failures } = member.session;
  endTowardsClient(turn, member, "success", text);
  const waitMs = Math.min(fixed.lastRetryMs, fixed.firstRetryMs * 2 ** failures);
  // Once is bad luck; twice, and another bridge may do better.
  const avoid = failures > 0 ? member.session.invite.bridge : "";
  dropEndpoint(turn, endpoint, { state: "idle", failures: failures + 1, retryAtMs: turn.now + waitMs, avoid });
}

/** The client asked for a new session, or ended it: it needs no word about the old one. */
export function endByClient(turn: Turn, endpoint: string, restart: boolean): void {
  dropEndpoint(turn, endpoint, restart ? idleSession : { ...idleSession, state: "ended" });
}

/** Somebody left alone for a while needs no bridge. */
export function expireAlone(turn: Turn): void {
  for (const member of turn.members.values()) {
    if (!member.session.invite) continue;
    endTowardsClient(turn, member, "expired", "Idle session timeout");
    dropEndpoint(turn, member.endpoint, idleSession);
  }
}

function dropEndpoint(turn: Turn, endpoint: string, next: Session): void {
  const member = turn.member(endpoint);
  if (!member) return;
  withdraw(turn, [...member.sentSources.keys()]);
  const { invite: old } = member.session;
  // Also where that bridge is lost: one that only stood still reads this when it wakes up.
  if (old && useOf(turn.state.bridges, old)) releaseEndpoint(turn, endpoint);
  turn.changeMember(endpoint, { sentSources: new Map(), session: next });
}

function endTowardsClient(turn: Turn, member: Member, reason: string, text: string): void {
  const { state, invite: old } = member.session;
  if (!old || state === "inviting") return;
  turn.do({ type: "end-session", endpoint: member.endpoint, jingleSession: old.jingleSession, reason, text });
}

/** Says once per session and stage that somebody could not be reached. */
export function tellFailure(
  turn: Turn,
  endpoint: string,
  jingleSession: string,
  stage: "signalling" | "ice" | "dtls",
): void {
  const member = turn.member(endpoint);
  const current = currentInvite(turn, endpoint, jingleSession);
  if (!member || !current || current.failedStages.includes(stage)) return;
  turn.changeInvite(endpoint, { failedStages: [...current.failedStages, stage] });
  if (member.hidden) return;
  turn.record("participantConnectionFailed", { participant: refOf(member), counts: countsOf(turn), stage });
}

/** An IQ that was not answered in time may still be answered: the stream keeps it for a client that comes back. */
export function mayStillArrive(failure: Failure): boolean {
  return failure.code === "deadline-exceeded";
}
