import type { ChatMessage, ChatReaction } from "../../protocol/conference/chat.ts";

export type SendProblem = "tooLong" | "tooFast" | "notAllowed" | "gone" | "refused";

export interface Reactor {
  readonly id: string;
  readonly name: string;
}

export interface ChatLine {
  /** Tells lines apart on the page; ids of messages are chosen by their senders. */
  readonly key: string;
  readonly kind: "message" | "system";
  readonly id: string;
  /** Endpoint id of the sender. */
  readonly from: string;
  readonly name: string;
  readonly text: string;
  readonly sentAt: number;
  readonly isOwn: boolean;
  readonly isPrivate: boolean;
  /** Of an own private message: whom it is for. */
  readonly to: Reactor | undefined;
  /** Id of the message it answers. */
  readonly replyTo: string;
  readonly isRetracted: boolean;
  /** Who says it, by emoji. */
  readonly reactions: ReadonlyMap<string, readonly Reactor[]>;
  readonly delivery: "sent" | "sending" | "failed";
  readonly problem: SendProblem | undefined;
}

/** Older lines are dropped: nobody scrolls back so far, and the page stays quick. */
export const MAX_LINES = 5000;
/** Below one message; whoever sends more kinds of them wants to be seen, not to say something. */
export const MAX_EMOJI_PER_LINE = 16;

export type Lines = readonly ChatLine[];

export function blankLine(key: string, sentAt: number): ChatLine {
  return {
    key,
    kind: "message",
    id: "",
    from: "",
    name: "",
    text: "",
    sentAt,
    isOwn: false,
    isPrivate: false,
    to: undefined,
    replyTo: "",
    isRetracted: false,
    reactions: new Map(),
    delivery: "sent",
    problem: undefined,
  };
}

export function bounded(lines: Lines): Lines {
  return lines.length > MAX_LINES ? lines.slice(-MAX_LINES) : lines;
}

export function changeLine(lines: Lines, key: string, change: Partial<ChatLine>): Lines {
  return lines.map((line) => (line.key === key ? { ...line, ...change } : line));
}

/** Our own message, back from the room, is the one that was on its way. */
export function findOwn(lines: Lines, { id, from }: ChatMessage): ChatLine | undefined {
  return id ? lines.findLast((line) => line.isOwn && line.id === id && line.from === from) : undefined;
}

export function findById(lines: Lines, id: string): ChatLine | undefined {
  return id ? lines.findLast((line) => line.id === id) : undefined;
}

/** With whom a private message was exchanged. */
export function partnerOf(line: ChatLine): Reactor | undefined {
  if (!line.isPrivate) return undefined;
  return line.isOwn ? line.to : { id: line.from, name: line.name };
}

/** Who may take a message back: its author; of what is said to all, also a moderator. */
export function mayRetract(line: ChatLine, by: string, isModerator: boolean): boolean {
  return line.from === by || (isModerator && !line.isPrivate);
}

export function withReaction(line: ChatLine, { emoji, isWhole }: ChatReaction, reactor: Reactor): ChatLine {
  const reactions = new Map<string, readonly Reactor[]>();
  for (const [each, reactors] of line.reactions) {
    const others = reactors.filter(({ id }) => id !== reactor.id);
    const kept = isWhole ? others : reactors;
    if (kept.length > 0) reactions.set(each, kept);
  }
  for (const each of emoji) {
    const reactors = reactions.get(each) ?? [];
    if (reactors.some(({ id }) => id === reactor.id)) continue;
    if (reactors.length > 0 || reactions.size < MAX_EMOJI_PER_LINE) reactions.set(each, [...reactors, reactor]);
  }
  return { ...line, reactions };
}

/** What one person says of a message now. */
export function emojiOf(line: ChatLine, id: string): readonly string[] {
  return [...line.reactions].filter(([, reactors]) => reactors.some((each) => each.id === id)).map(([emoji]) => emoji);
}

export function problemOf(condition: string): SendProblem {
  switch (condition) {
    case "policy-violation":
      return "tooLong";
    case "resource-constraint":
      return "tooFast";
    case "not-allowed":
    case "forbidden":
      return "notAllowed";
    case "item-not-found":
    case "recipient-unavailable":
      return "gone";
    default:
      return "refused";
  }
}

/**
 * The room tells what was said before to whoever enters, also to who comes back. Messages are known again by sender and
 * id; those without an id by sender and text, each as often as it was known.
 */
export class Replay {
  readonly #known = new Map<string, number>();

  constructor(lines: Lines) {
    for (const line of lines) {
      if (line.kind !== "message" || line.isPrivate) continue;
      const mark = markOf(line);
      this.#known.set(mark, (this.#known.get(mark) ?? 0) + 1);
    }
  }

  isKnown(message: ChatMessage): boolean {
    const mark = markOf(message);
    const count = this.#known.get(mark) ?? 0;
    if (count > 0 && !message.id) this.#known.set(mark, count - 1);
    return count > 0;
  }
}

function markOf({ id, from, text }: { readonly id: string; readonly from: string; readonly text: string }): string {
  return JSON.stringify(id ? [from, id] : [from, "", text]);
}
