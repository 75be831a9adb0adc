/** XEP-0444 0.2, https://xmpp.org/extensions/xep-0444.html: emoji below a message. */
import { ns } from "./namespaces.ts";
import { atMost, type Read, reading, requiredText, unreadable } from "./reading.ts";
import { childOf, childrenOf, type Element, el } from "./xml/element.ts";

export type Reactions = {
  /** Of the message that is reacted to. */
  readonly id: string;
  /** All that its sender says of it now; none takes them back. */
  readonly emoji: readonly string[];
};

const maxReactions = 8;
const emojiLength = 32;
const emojiOnly = /^[\p{Emoji}\p{Emoji_Component}]+$/u;
const picture = /\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3/u;

export function reactionsOf(message: Element): Element | undefined {
  return childOf(message, "reactions", ns.reactions);
}

export function readReactions(reactions: Element): Read<Reactions> {
  return reading(() => {
    const emoji = atMost(childrenOf(reactions, "reaction"), maxReactions, "reactions").map((reaction) =>
      reaction.getText().trim(),
    );
    for (const one of emoji) {
      const isEmoji = one.length <= emojiLength && emojiOnly.test(one) && picture.test(one);
      if (!isEmoji) unreadable(`a reaction is one emoji, found "${one.slice(0, emojiLength)}"`);
    }
    return { id: requiredText(reactions, "id", 256), emoji: [...new Set(emoji)] };
  });
}

export function writeReactions({ id, emoji }: Reactions): Element {
  return el(
    "reactions",
    { xmlns: ns.reactions, id },
    emoji.map((one) => el("reaction", { xmlns: ns.reactions }, one)),
  );
}
