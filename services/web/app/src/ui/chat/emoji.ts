import type { TextKey } from "../../i18n/text-key.ts";

/** A small set of our own, each with its name. */
export const EMOJI = [
  ["👍", "emoji.thumbsUp"],
  ["👎", "emoji.thumbsDown"],
  ["👏", "emoji.clap"],
  ["🙏", "emoji.thanks"],
  ["👋", "emoji.wave"],
  ["✋", "emoji.hand"],
  ["❤️", "emoji.heart"],
  ["🎉", "emoji.party"],
  ["🙂", "emoji.smile"],
  ["😀", "emoji.grin"],
  ["😂", "emoji.laugh"],
  ["😉", "emoji.wink"],
  ["😍", "emoji.love"],
  ["🤔", "emoji.thinking"],
  ["😮", "emoji.surprise"],
  ["😅", "emoji.relief"],
  ["😢", "emoji.sad"],
  ["😴", "emoji.sleepy"],
  ["✅", "emoji.done"],
  ["❌", "emoji.wrong"],
  ["❓", "emoji.question"],
  ["❗", "emoji.important"],
  ["💡", "emoji.idea"],
  ["🔥", "emoji.fire"],
] as const satisfies readonly (readonly [string, TextKey])[];

/** What is offered below a message. */
export const QUICK_EMOJI = EMOJI.filter(([emoji]) => ["👍", "👏", "❤️", "😂", "😮", "😢"].includes(emoji));
