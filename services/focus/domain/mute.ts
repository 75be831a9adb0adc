import { checkUnmute, isMutable, mediaOf } from "./blocks.ts";
import type { Member } from "./conference.ts";
import type { Input } from "./inputs.ts";
import { type AvMedia, avMedia } from "./policy.ts";
import type { Answer } from "./requests.ts";
import { fixed } from "./rules.ts";
import { checkSender } from "./sender-limits.ts";
import type { Turn } from "./turn.ts";

/** One occupant asks that another, or itself, be muted or speak again (focus.md 3.8). */
export function requestMute(turn: Turn, request: Extract<Input, { readonly type: "mute-requested" }>): Answer {
  const asker = turn.member(request.endpoint);
  const target = turn.member(request.target);
  const media = avMedia.find((one) => one === request.media);
  if (!media) return { code: "invalid-argument", message: "mute what? audio, video or desktop" };
  if (!asker || !target) return { code: "not-found", message: "that participant is not in the conference" };
  if (asker.endpoint === target.endpoint) return request.muted ? "done" : checkOwnUnmute(turn, asker, media);
  if (!request.muted) return { code: "permission-denied", message: "nobody can be unmuted by another" };
  if (asker.role !== "moderator") return { code: "permission-denied", message: "only a moderator mutes others" };
  if (!isMutable(target)) return { code: "permission-denied", message: "that gateway can't be muted" };
  turn.changeMember(target.endpoint, {
    muteAsked: new Map(target.muteAsked).set(media, turn.now + fixed.muteAskedMs),
  });
  turn.do({ type: "ask-to-mute", endpoint: target.endpoint, media, actor: asker.endpoint });
  noteSweep(turn, asker.endpoint, media, target.endpoint);
  return "done";
}

function checkOwnUnmute(turn: Turn, asker: Member, media: AvMedia): Answer {
  const refusal = checkUnmute(asker, media) ?? checkSender(turn, asker.endpoint, media === "audio" ? "audio" : "video");
  return refusal ?? "done";
}

/** What one moderator mutes of one medium within a second. */
export type MuteSweep = { readonly sinceMs: number; readonly targets: readonly string[]; readonly isTold: boolean };

/** "Mute everyone" is one request for each; they are one fact when nobody else is left unmuted. */
function noteSweep(turn: Turn, by: string, media: AvMedia, target: string): void {
  const key = `${media} ${by}`;
  const recent = [...turn.state.muteSweeps].filter(([, { sinceMs }]) => turn.now - sinceMs < fixed.muteSweepMs);
  const sweeps = new Map(recent);
  const known = sweeps.get(key) ?? { sinceMs: turn.now, targets: [], isTold: false };
  const targets = known.targets.includes(target) ? known.targets : [...known.targets, target];
  const isAll = !known.isTold && targets.length > 1 && isEverybodyElse(turn, by, media, targets);
  sweeps.set(key, { ...known, targets, isTold: known.isTold || isAll });
  turn.change({ muteSweeps: sweeps });
  if (isAll && turn.state.startedMs > 0) turn.record("moderationMutedAll", { media, by });
}

function isEverybodyElse(turn: Turn, by: string, media: AvMedia, targets: readonly string[]): boolean {
  return [...turn.members.values()].every(
    ({ endpoint, hidden, published }) =>
      hidden ||
      endpoint === by ||
      targets.includes(endpoint) ||
      ![...published.values()].some((source) => !source.muted && mediaOf(source.kind) === media),
  );
}
