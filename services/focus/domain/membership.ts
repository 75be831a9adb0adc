import { tellMoved } from "./breakouts.ts";
import { type Client, idleSession, type Member, type Occupant, type RosterLine } from "./conference.ts";
import type { LeftReason } from "./facts.ts";
import { lowerHand, noteHand } from "./hands.ts";
import { tellPolicy } from "./policy.ts";
import { tellReactionsOf } from "./reactions.ts";
import { forgetSourcesOf } from "./signalling.ts";
import { noteSourceStates, unpublishAll } from "./source-facts.ts";
import { forgetSpeaker } from "./speaker.ts";
import { countsOf, refOf, type Turn } from "./turn.ts";

/** Who is in the room, and the facts about it: joined before left, one left for each joined (events.md, promise 5). */
export function join(turn: Turn, occupant: Occupant): void {
  if (turn.member(occupant.endpoint)) update(turn, occupant);
  else admit(turn, occupant);
}

function admit(turn: Turn, occupant: Occupant): void {
  const joins = turn.state.joins + 1;
  const member: Member = {
    ...occupant,
    interrupted: false,
    raisedHandMs: 0,
    joinedMs: turn.now,
    ordinal: joins,
    session: idleSession,
    sentSources: new Map(),
    published: new Map(),
    speakingMs: 0,
    restarts: [],
    muteAsked: new Map(),
    blocks: new Set(),
    ownerAskedUntilMs: 0,
    ownerFailures: 0,
    wasOwner: occupant.isOwner,
    wasOffered: false,
    isMoving: false,
  };
  turn.change({ joins });
  turn.setMember(member);
  if (!member.hidden) tellJoined(turn, member);
  noteHand(turn, occupant.endpoint, occupant.raisedHandMs);
  if (occupant.interrupted) interrupt(turn, occupant.endpoint);
}

function tellJoined(turn: Turn, member: Member): void {
  if (turn.state.startedMs === 0) {
    turn.change({ startedMs: turn.now });
    const { meetingId, unit, policy } = turn.state;
    turn.record("sessionStarted", { meetingId, unit, mainRoom: policy.mainRoom });
    tellPolicy(turn, "");
  }
  const counts = countsOf(turn);
  const { roster, totals, bridges } = turn.state;
  turn.change({
    totals: { ...totals, peak: Math.max(totals.peak, counts.participants) },
    roster: roster.has(member.person) ? roster : new Map(roster).set(member.person, firstLine(turn.now)),
  });
  rememberPerson(turn, member);
  turn.record("participantJoined", {
    participant: refOf(member),
    counts,
    client: member.client,
    bridge: bridges[0]?.id ?? "",
    region: member.region,
  });
}

function firstLine(now: number): RosterLine {
  return { firstJoinMs: now, lastLeaveMs: 0, ms: 0, speakingMs: 0 };
}

function rememberPerson(turn: Turn, member: Occupant): void {
  const { person, profile, authenticated, userId } = member;
  if (person !== "") turn.do({ type: "remember-person", person, profile, userId, isGuest: !authenticated });
}

/** Takes over what the XMPP server now says of somebody, and says what of it is public. */
export function update(turn: Turn, occupant: Occupant): void {
  const before = turn.member(occupant.endpoint);
  if (!before) return;
  // Who somebody is stays as it was said; whether a stream is up and a hand is raised has facts of its own.
  const { person, hidden, interrupted, raisedHandMs } = before;
  // Signed in where it stood: what it is entitled to now it was not before.
  const isNewlyEntitled = occupant.isEntitled && !before.isEntitled;
  const wasOwner = occupant.isOwner || (before.wasOwner && !isNewlyEntitled);
  const asked = occupant.isOwner ? { ownerAskedUntilMs: 0, ownerFailures: 0 } : {};
  turn.setMember({ ...before, ...occupant, ...asked, person, hidden, interrupted, raisedHandMs, wasOwner });
  const after = turn.member(occupant.endpoint);
  if (!after) return;
  if (!after.hidden) tellChanges(turn, before, after);
  noteHand(turn, occupant.endpoint, occupant.raisedHandMs);
  noteSourceStates(turn, occupant.endpoint);
}

function tellChanges(turn: Turn, before: Member, after: Member): void {
  const participant = refOf(after);
  if (before.role !== after.role) turn.record("participantRoleChanged", { participant, counts: countsOf(turn) });
  const isRenamed =
    before.profile.displayName !== after.profile.displayName || before.profile.email !== after.profile.email;
  if (isRenamed || before.profile.phone !== after.profile.phone) rememberPerson(turn, after);
  const isSignedIn = before.authenticated !== after.authenticated;
  if (isRenamed || isSignedIn || !isSameClient(before.client, after.client)) {
    turn.record("participantUpdated", { participant, counts: countsOf(turn) });
  }
}

function isSameClient(a: Client, b: Client): boolean {
  return a.app === b.app && a.version === b.version && a.browser === b.browser && a.os === b.os;
}

export function interrupt(turn: Turn, endpoint: string): void {
  const member = turn.member(endpoint);
  if (!member || member.interrupted) return;
  turn.changeMember(endpoint, { interrupted: true });
  if (!member.hidden) turn.record("participantInterrupted", { participant: refOf(member), counts: countsOf(turn) });
}

export function resume(turn: Turn, endpoint: string): void {
  const member = turn.member(endpoint);
  if (!member?.interrupted) return;
  turn.changeMember(endpoint, { interrupted: false });
  if (!member.hidden) turn.record("participantResumed", { participant: refOf(member), counts: countsOf(turn) });
}

export function leave(turn: Turn, endpoint: string, reason: LeftReason, by = ""): void {
  if (!turn.member(endpoint)) return;
  if (reason === "moved") {
    if (turn.member(endpoint)?.isOwner) turn.change({ ownerMovedMs: turn.now });
    tellMoved(turn, endpoint, by);
  }
  if (reason === "kicked" && !turn.member(endpoint)?.hidden) turn.record("moderationKicked", { target: endpoint, by });
  tellReactionsOf(turn, endpoint);
  forgetSpeaker(turn, endpoint);
  lowerHand(turn, endpoint);
  unpublishAll(turn, endpoint);
  releaseEndpoint(turn, endpoint);
  const member = turn.member(endpoint);
  turn.removeMember(endpoint);
  forgetSourcesOf(turn, endpoint);
  if (member && !member.hidden) tellLeft(turn, member, reason);
}

function tellLeft(turn: Turn, member: Member, reason: LeftReason): void {
  const ms = Math.max(0, turn.now - member.joinedMs);
  const speakingMs = Math.min(ms, member.speakingMs);
  const line = turn.state.roster.get(member.person) ?? firstLine(member.joinedMs);
  turn.change({
    roster: new Map(turn.state.roster).set(member.person, {
      firstJoinMs: line.firstJoinMs,
      lastLeaveMs: turn.now,
      ms: line.ms + ms,
      speakingMs: line.speakingMs + speakingMs,
    }),
  });
  turn.record("participantLeft", {
    participant: refOf(member),
    counts: countsOf(turn),
    reason,
    seconds: ms / 1000,
    speakingSeconds: speakingMs / 1000,
  });
}

/** Gives its place on the bridge back. */
export function releaseEndpoint(turn: Turn, endpoint: string): void {
  const invite = turn.member(endpoint)?.session.invite;
  if (!invite) return;
  const { bridge, instance, jingleSession } = invite;
  turn.do({ type: "expire-endpoint", bridge, instance, endpoint, jingleSession });
}

const leftReasons = new Set(["client", "kicked", "ended", "timeout", "replaced", "moved"]);

/** The XMPP server's word for it, where the public contract has it too. */
export function toLeftReason(reason: string): LeftReason {
  return leftReasons.has(reason) ? (reason as LeftReason) : "client";
}

function isSamePerson(member: Member, occupant: Occupant | undefined): boolean {
  return member.person === occupant?.person && member.hidden === occupant.hidden;
}

/** The room as it is seen now: whoever is missing, or is somebody else by now, left while nobody looked. */
export function reconcile(turn: Turn, occupants: readonly Occupant[]): void {
  const present = new Map(occupants.map((occupant) => [occupant.endpoint, occupant]));
  for (const member of [...turn.members.values()]) {
    if (member.isMoving) leave(turn, member.endpoint, "moved");
    else if (!isSamePerson(member, present.get(member.endpoint))) leave(turn, member.endpoint, "server-lost");
  }
  for (const occupant of occupants) {
    join(turn, occupant);
    if (occupant.interrupted) interrupt(turn, occupant.endpoint);
    else resume(turn, occupant.endpoint);
  }
}
