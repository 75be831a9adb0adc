import type { Signal } from "@preact/signals-core";
import {
  type ChatReaction,
  type ChatRetraction,
  reactionMessage,
  retractionMessage,
} from "../../protocol/conference/chat.ts";
import type { CallContext } from "../call/activity.ts";
import type { CallState } from "../call/state.ts";
import {
  type ChatLine,
  changeLine,
  emojiOf,
  findById,
  type Lines,
  mayRetract,
  partnerOf,
  type Reactor,
  withReaction,
} from "./lines.ts";

const MAX_PENDING = 100;
/** What clients show that know nothing of taking messages back; they are told in the language of the protocol. */
const RETRACTED_FALLBACK = "This message was taken back.";

/** What is done to messages that were said already: emoji below them, and taking them back. */
export class Comments {
  readonly #context: Pick<CallContext, "state" | "connection" | "room">;
  readonly #lines: Signal<Lines>;
  /** What to undo where the server refuses, by the id of what we sent. */
  readonly #pending = new Map<string, () => void>();

  constructor(context: Pick<CallContext, "state" | "connection" | "room">, lines: Signal<Lines>) {
    this.#context = context;
    this.#lines = lines;
  }

  toggle(line: ChatLine, emoji: string): void {
    const { connection, room, state } = this.#context;
    const place = room();
    if (!place || !line.id) return;
    const mine = emojiOf(line, state.selfId.value);
    const next = mine.includes(emoji) ? mine.filter((each) => each !== emoji) : [...mine, emoji];
    const id = connection.newId();
    this.#wait(id, () => this.#setOwn(line.key, mine));
    this.#setOwn(line.key, next);
    connection.send(reactionMessage({ room: place.jid, to: partnerOf(line)?.id ?? "", id }, line.id, next));
  }

  mayRetract(line: ChatLine): boolean {
    const { selfId, isModerator } = this.#context.state;
    if (line.kind !== "message" || line.isRetracted || !line.id || line.delivery !== "sent") return false;
    return mayRetract(line, selfId.value, isModerator.value);
  }

  retract(line: ChatLine): void {
    const { connection, room } = this.#context;
    const place = room();
    if (!place || !this.mayRetract(line)) return;
    const id = connection.newId();
    this.#wait(id, () => this.#change(line.key, { isRetracted: false, text: line.text }));
    this.#change(line.key, { isRetracted: true, text: "" });
    const to = partnerOf(line)?.id ?? "";
    connection.send(retractionMessage({ room: place.jid, to, id }, line.id, RETRACTED_FALLBACK));
  }

  reacted(reaction: ChatReaction): void {
    const line = findById(this.#lines.value, reaction.to);
    if (!line || line.isPrivate !== reaction.isPrivate || line.isRetracted) return;
    if (reaction.isPrivate && partnerOf(line)?.id !== reaction.from) return;
    const reactor = personOf(this.#context.state, reaction.from);
    this.#change(line.key, { reactions: withReaction(line, reaction, reactor).reactions });
  }

  retracted({ id, from, isPrivate }: ChatRetraction): void {
    const line = findById(this.#lines.value, id);
    if (!line || line.isPrivate !== isPrivate) return;
    // The server has checked it; a page that shows others' words checks again.
    const { selfId, isModerator, occupants } = this.#context.state;
    const isFromModerator = from === selfId.value ? isModerator.value : occupants.value.get(from)?.isModerator === true;
    if (mayRetract(line, from, isFromModerator)) this.#change(line.key, { isRetracted: true, text: "" });
  }

  /** True where it was one of ours. */
  refused(id: string): boolean {
    const undo = this.#pending.get(id);
    if (!undo) return false;
    this.#pending.delete(id);
    undo();
    this.#context.state.notices.show("notify.actionFailed", { kind: "error" });
    return true;
  }

  forget(): void {
    this.#pending.clear();
  }

  #setOwn(key: string, emoji: readonly string[]): void {
    const line = this.#lines.value.find((each) => each.key === key);
    if (!line) return;
    const { state } = this.#context;
    const from = state.selfId.value;
    const { isPrivate, id: to } = line;
    const reaction: ChatReaction = { type: "reacted", to, from, emoji, isPrivate, isWhole: true };
    this.#change(key, { reactions: withReaction(line, reaction, personOf(state, from)).reactions });
  }

  #change(key: string, change: Partial<ChatLine>): void {
    this.#lines.value = changeLine(this.#lines.value, key, change);
  }

  #wait(id: string, undo: () => void): void {
    this.#pending.set(id, undo);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > MAX_PENDING && oldest !== undefined) this.#pending.delete(oldest);
  }
}

export function personOf({ selfId, name, occupants }: CallState, id: string): Reactor {
  return { id, name: id === selfId.value ? name.value : (occupants.value.get(id)?.name ?? "") };
}
