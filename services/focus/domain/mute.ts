import type { Input } from "./inputs.ts";
import type { Answer } from "./requests.ts";
import { canBeMuted, fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

const media = new Set(["audio", "video", "desktop"]);

/** One occupant asks that another, or itself, be muted or speak again (focus.md 3.8, without AV moderation). */
export function requestMute(turn: Turn, request: Extract<Input, { readonly type: "mute-requested" }>): Answer {
  const asker = turn.member(request.endpoint);
  const target = turn.member(request.target);
  if (!media.has(request.media)) return { code: "invalid-argument", message: "mute what? audio, video or desktop" };
  if (!asker || !target) return { code: "not-found", message: "that participant is not in the conference" };
  if (asker.endpoint === target.endpoint) return "done";
  if (!request.muted) return { code: "permission-denied", message: "nobody can be unmuted by another" };
  if (asker.role !== "moderator") return { code: "permission-denied", message: "only a moderator mutes others" };
  if (target.kind === "sip" && !target.features.includes(canBeMuted)) {
    return { code: "permission-denied", message: "that gateway can't be muted" };
  }
  turn.changeMember(target.endpoint, {
    muteAsked: new Map(target.muteAsked).set(request.media, turn.now + fixed.muteAskedMs),
  });
  turn.do({ type: "ask-to-mute", endpoint: target.endpoint, media: request.media, actor: asker.endpoint });
  return "done";
}
