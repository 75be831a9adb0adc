import type { Allowed, ModeratedMedia } from "../../protocol/conference/av-moderation.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";

/** Those who have raised a hand and may not switch on their microphone, longest waiting first. */
export function whoAsks(
  occupants: Iterable<Occupant>,
  moderated: ReadonlySet<ModeratedMedia>,
  allowed: Allowed,
): readonly Occupant[] {
  if (!moderated.has("audio")) return [];
  return [...occupants]
    .filter(({ id, isModerator, handRaisedAt }) => handRaisedAt > 0 && !isModerator && !allowed.audio.has(id))
    .sort((a, b) => a.handRaisedAt - b.handRaisedAt);
}
