import { settleBlocks } from "./blocks.ts";
import type { RoomRef } from "./conference.ts";
import type { By } from "./facts.ts";
import type { Turn } from "./turn.ts";

export const avMedia = ["audio", "video", "desktop"] as const;
export type AvMedia = (typeof avMedia)[number];

/** A medium that people may unmute only when a moderator has allowed them to. */
export type Moderation = {
  /** Endpoints. */
  readonly allowed: readonly string[];
  /** Endpoint of the moderator who turned it on. */
  readonly by: string;
};

/** What the room asks of its conference. */
export type Policy = {
  readonly moderated: ReadonlyMap<AvMedia, Moderation>;
  readonly startAudioMuted: boolean;
  readonly startVideoMuted: boolean;
  /** With how many people, and how many of these own the meeting. */
  readonly breakouts: readonly { readonly room: RoomRef; readonly occupants: number; readonly owners: number }[];
  /** Room id of the room that this breakout room belongs to; empty for others. */
  readonly mainRoom: string;
};

export const openPolicy: Policy = {
  moderated: new Map(),
  startAudioMuted: false,
  startVideoMuted: false,
  breakouts: [],
  mainRoom: "",
};

/** The part of a policy that the facts tell. */
export type ToldPolicy = {
  readonly moderated: readonly AvMedia[];
  readonly startAudioMuted: boolean;
  readonly startVideoMuted: boolean;
};

export const openToldPolicy: ToldPolicy = { moderated: [], startAudioMuted: false, startVideoMuted: false };

/** Takes the room's policy over; undefined where the XMPP server did not say it. */
export function takePolicy(turn: Turn, policy: Policy | undefined, by: string): void {
  if (!policy) return;
  const before = turn.state.policy.moderated;
  turn.change({ policy });
  tellPolicy(turn, by);
  for (const [media, moderation] of policy.moderated) {
    if (before.has(media) || turn.state.startedMs === 0) continue;
    turn.record("moderationMutedAll", { media, by: by || moderation.by });
  }
  const causeOf = (media: AvMedia): By => (before.has(media) && policy.moderated.has(media) ? "moderator" : "policy");
  settleBlocks(turn, causeOf);
}

/** Says what of the policy is public, once the sitting has begun. */
export function tellPolicy(turn: Turn, by: string): void {
  const { startedMs, policy, toldPolicy } = turn.state;
  if (startedMs === 0) return;
  const { startAudioMuted, startVideoMuted } = policy;
  const moderated = avMedia.filter((media) => policy.moderated.has(media));
  const next: ToldPolicy = { moderated, startAudioMuted, startVideoMuted };
  if (isSameTold(toldPolicy, next)) return;
  turn.change({ toldPolicy: next });
  turn.record("moderationPolicyChanged", { ...next, by });
}

function isSameTold(a: ToldPolicy, b: ToldPolicy): boolean {
  return (
    a.startAudioMuted === b.startAudioMuted &&
    a.startVideoMuted === b.startVideoMuted &&
    a.moderated.join() === b.moderated.join()
  );
}
