import { effect, untracked } from "@preact/signals-core";
import type { Sounds } from "../sounds/sounds.ts";
import type { Reactions } from "./reactions.ts";

/** Lets reactions be heard, unless a moderator wants silence; each person's own switch is the sounds' matter. */
export function soundReactions(reactions: Reactions, sounds: Sounds): void {
  effect(() => {
    const latest = reactions.latest.value;
    untracked(() => {
      if (latest && !reactions.soundsMuted.value) sounds.play(latest.kind);
    });
  });
}
