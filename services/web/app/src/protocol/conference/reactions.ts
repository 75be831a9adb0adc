// Emoji that fly over the pictures, as Jitsi's clients send them over the bridge channel, and the moderators' command
// that they be silent, which is part of presence.
import { childNamed, type XmlElement, xml } from "../xml/element.ts";

export const REACTION_KINDS = ["like", "clap", "laugh", "surprised", "boo", "silence", "love"] as const;

export type ReactionKind = (typeof REACTION_KINDS)[number];

const NAME = "endpoint-reaction";
/** Of one message so many different ones count. */
const MAX_AT_ONCE = 3;

/** Undefined where it is another message; unknown kinds are passed over. */
export function readReactions(payload: Readonly<Record<string, unknown>>): readonly ReactionKind[] | undefined {
  const { name, reactions } = payload;
  if (name !== NAME || !Array.isArray(reactions)) return undefined;
  const known = REACTION_KINDS.filter((kind) => reactions.includes(kind));
  return known.toSorted((a, b) => reactions.indexOf(a) - reactions.indexOf(b)).slice(0, MAX_AT_ONCE);
}

export function reactionsPayload(reactions: readonly ReactionKind[], now: number): object {
  return { name: NAME, reactions, timestamp: now };
}

const MUTE = "mute-reactions";

/** Whether the sender, if a moderator, wants no sounds; undefined where the presence says nothing of it. */
export function readSoundsMuted(presence: XmlElement): boolean | undefined {
  const command = childNamed(presence, MUTE);
  return command && command.attrs.startReactionsMuted === "true";
}

export function soundsMutedElement(isMuted: boolean): XmlElement {
  return xml(MUTE, { startReactionsMuted: String(isMuted) });
}
