import { useOf } from "./bridge-selection/bridge.ts";
import type { Invite, Member, SourceKind } from "./conference.ts";
import type { By } from "./facts.ts";
import type { Failure, Input } from "./inputs.ts";
import { type AvMedia, avMedia } from "./policy.ts";
import { canBeMuted, fixed } from "./rules.ts";
import { currentInvite } from "./signalling.ts";
import { noteSourceStates } from "./source-facts.ts";
import { countsOf, refOf, type Turn } from "./turn.ts";

/**
 * AV moderation (focus.md 3.8): who may not unmute is blocked on the bridge, whatever its client or its presence says.
 * The rule is looked at after each input, so that a role that changes, a newcomer and a new invitation are all the same.
 */
export function isBlocked(turn: Turn, member: Member, media: AvMedia): boolean {
  const moderation = turn.state.policy.moderated.get(media);
  if (!moderation || isExempt(turn, member)) return false;
  return !moderation.allowed.includes(member.endpoint);
}

function isExempt(turn: Turn, member: Member): boolean {
  if (member.role === "moderator" || member.isOwner || member.hidden) return true;
  const isJustAsked = isBecomingOwner(turn, member) && member.ownerFailures === 0;
  return isJustAsked || (member.isService && (member.kind === "recorder" || !isMutable(member)));
}

/** The word of the XMPP server is on its way: the first time, nobody is blocked for the moment between. */
export function isBecomingOwner(turn: Turn, { isOwner, ownerAskedUntilMs }: Member): boolean {
  return !isOwner && ownerAskedUntilMs > turn.now;
}

/** A gateway that a phone is behind may have no way to be muted. Only one of ours is believed. */
export function isMutable({ kind, isService, features }: Member): boolean {
  return !(isService && kind === "sip") || features.includes(canBeMuted);
}

/** Blocks and unblocks as the policy and the roles are now. */
export function settleBlocks(turn: Turn, causeOf: (media: AvMedia) => By = () => "policy"): void {
  for (const { endpoint } of [...turn.members.values()]) {
    const member = turn.member(endpoint);
    if (!member || (member.blocks.size === 0 && turn.state.policy.moderated.size === 0)) continue;
    const blocks = new Set(avMedia.filter((media) => isBlocked(turn, member, media)));
    if (isSame(member.blocks, blocks)) continue;
    turn.changeMember(endpoint, { blocks });
    if (!member.hidden) tellBlocks(turn, member, blocks, causeOf);
    noteSourceStates(turn, endpoint, causeOf);
    // Somebody who has not been invited yet starts muted instead.
    if (member.wasOffered) askToMute(turn, member, blocks);
  }
}

function tellBlocks(turn: Turn, before: Member, blocks: ReadonlySet<AvMedia>, causeOf: (media: AvMedia) => By): void {
  for (const media of avMedia) {
    if (before.blocks.has(media) === blocks.has(media)) continue;
    const body = { participant: refOf(before), counts: countsOf(turn), media, by: causeOf(media) };
    turn.record(blocks.has(media) ? "sourceBlocked" : "sourceUnblocked", body);
  }
}

/** The bridge holds the media back; the client is asked so that it shows what is so. */
function askToMute(turn: Turn, before: Member, blocks: ReadonlySet<AvMedia>): void {
  for (const media of blocks) {
    if (before.blocks.has(media)) continue;
    const actor = turn.state.policy.moderated.get(media)?.by ?? "";
    turn.do({ type: "ask-to-mute", endpoint: before.endpoint, media, actor });
  }
}

/** Has the bridge hold back what is blocked, where it was last told otherwise. */
export function forceMutes(turn: Turn): void {
  for (const { endpoint, blocks, session } of [...turn.members.values()]) {
    const { invite } = session;
    if (!invite) continue;
    const use = useOf(turn.state.bridges, invite);
    if (!use || use.isLost) continue;
    if (invite.blocked && isSame(invite.blocked, blocks)) continue;
    if (invite.blockAtMs > turn.now) continue;
    const { jingleSession, bridge, instance } = invite;
    turn.changeInvite(endpoint, { blocked: blocks, blockAtMs: 0 });
    turn.do({ type: "set-force-mute", bridge, instance, endpoint, jingleSession, ...muteOf(blocks) });
  }
}

/** It may not hold: said again after a moment, for as long as it takes. */
export function noteNotForceMuted(
  turn: Turn,
  { endpoint, jingleSession }: Extract<Input, { readonly type: "force-mute-not-set" }>,
): void {
  if (!currentInvite(turn, endpoint, jingleSession)) return;
  turn.changeInvite(endpoint, { blocked: undefined, blockAtMs: turn.now + fixed.blockRetryMs });
}

export function muteOf(blocks: ReadonlySet<AvMedia>) {
  return { audio: blocks.has("audio"), video: blocks.has("video"), desktop: blocks.has("desktop") };
}

/** When the bridge is to be told again; Infinity where it was told. */
export function blockDueMs({ blocked, blockAtMs }: Invite): number {
  return blocked ? Number.POSITIVE_INFINITY : blockAtMs;
}

/** Whether a client may say that it speaks again. */
export function checkUnmute(member: Member, media: string): Failure | undefined {
  const isHeld = avMedia.some((one) => one === media && member.blocks.has(one));
  return isHeld ? { code: "permission-denied", message: `a moderator has to allow ${media} first` } : undefined;
}

const mediaOfKind: Readonly<Record<SourceKind, AvMedia>> = {
  microphone: "audio",
  sip: "audio",
  camera: "video",
  desktop: "desktop",
};

export function mediaOf(kind: SourceKind): AvMedia {
  return mediaOfKind[kind];
}

function isSame(a: ReadonlySet<AvMedia>, b: ReadonlySet<AvMedia>): boolean {
  return a.size === b.size && [...a].every((media) => b.has(media));
}
