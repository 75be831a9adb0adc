import type { TextKey } from "../../i18n/text-key.ts";
import { REACTION_KINDS, type ReactionKind } from "../../protocol/conference/reactions.ts";

export interface ReactionFace {
  readonly emoji: string;
  readonly label: TextKey;
  /** With Alt, by its place on the keyboard; the letters are Jitsi's. */
  readonly code: string;
}

export const FACES: Readonly<Record<ReactionKind, ReactionFace>> = {
  like: { emoji: "👍", label: "toolbar.like", code: "KeyT" },
  clap: { emoji: "👏", label: "toolbar.clap", code: "KeyC" },
  laugh: { emoji: "😀", label: "toolbar.laugh", code: "KeyL" },
  surprised: { emoji: "😮", label: "toolbar.surprised", code: "KeyO" },
  boo: { emoji: "🙁", label: "toolbar.boo", code: "KeyB" },
  silence: { emoji: "😶", label: "toolbar.silence", code: "KeyS" },
  love: { emoji: "💖", label: "toolbar.love", code: "KeyH" },
};

export function kindOf(code: string): ReactionKind | undefined {
  return REACTION_KINDS.find((kind) => FACES[kind].code === code);
}
