import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import {
  bytesLeft,
  type ChatMessage,
  type JsonMessage,
  readRoomMessage,
  readSystemMessage,
  textMessage,
} from "../../protocol/conference/chat.ts";
import { childNamed, type XmlElement } from "../../protocol/xml/element.ts";
import { bareOf, isComponent } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { Permissions } from "../call/permissions.ts";
import { Comments, personOf } from "./comments.ts";
import {
  blankLine,
  bounded,
  type ChatLine,
  changeLine,
  findById,
  findOwn,
  type Lines,
  partnerOf,
  problemOf,
  type Reactor,
  Replay,
  type SendProblem,
} from "./lines.ts";
import { TabMemory } from "./tab-memory.ts";

/** For so long after a private message to us one is asked whether the next words are really for everybody. */
const PRIVACY_DOUBT_MS = 20_000;
const NOTICE_LENGTH = 120;
const SUBJECT_PATIENCE_MS = 3000;

type Context = Pick<CallContext, "state" | "connection" | "room">;

/** What is written in the meeting: to all and to one, and what others say of it. */
export class Chat implements Activity {
  readonly lines = signal<Lines>([]);
  readonly unread = signal(0);
  /** Where the unread part began when it was last looked at. */
  readonly firstUnread = signal<string | undefined>(undefined);
  /** Whom the next message is for; undefined for everybody. */
  readonly recipient = signal<Reactor | undefined>(undefined);
  readonly replyTo = signal<ChatLine | undefined>(undefined);
  /** What somebody else has just written, for whoever makes a sound of it. */
  readonly incoming = signal<ChatLine | undefined>(undefined);
  readonly mayWrite: ReadonlySignal<boolean>;
  readonly mayWhisper: ReadonlySignal<boolean>;
  /** The recipient is there no more. */
  readonly isRecipientGone: ReadonlySignal<boolean>;
  readonly #context: Context;
  #isWatched = false;
  readonly #memory = new TabMemory();
  /** While the room tells us its past, after entering it. */
  #isEntering = true;
  #replay: Replay | undefined;
  #nextKey = 1;
  readonly #comments: Comments;

  constructor(context: Context, permissions: Permissions) {
    this.#context = context;
    this.#comments = new Comments(context, this.lines);
    const { occupants, link } = context.state;
    this.mayWhisper = computed(() => permissions.allow("send-private-message"));
    this.mayWrite = computed(() =>
      this.recipient.value ? this.mayWhisper.value : permissions.allow("send-groupchat"),
    );
    this.isRecipientGone = computed(() => {
      const to = this.recipient.value;
      return to !== undefined && !occupants.value.has(to.id);
    });
    effect(() => {
      // A stream that was resumed has taken what waited for it; nobody reflects a private message.
      if (link.value === "connected") untracked(() => this.#privateOnesLeft());
    });
  }

  /** Resolves at once: the message is on the page, and is marked where it does not get through. */
  send(text: string): SendProblem | undefined {
    const words = text.trim();
    if (words === "") return undefined;
    if (bytesLeft(words) < 0) return "tooLong";
    if (!this.mayWrite.value) return "notAllowed";
    if (this.isRecipientGone.value) return "gone";
    this.#add(words, this.recipient.value, this.replyTo.value?.id ?? "");
    this.replyTo.value = undefined;
    this.firstUnread.value = undefined;
    return undefined;
  }

  /** To one person, whatever the panel's recipient is. */
  sendTo(id: string, text: string): SendProblem | undefined {
    const words = text.trim();
    if (words === "") return undefined;
    if (bytesLeft(words) < 0) return "tooLong";
    if (!this.mayWhisper.value) return "notAllowed";
    const to = personOf(this.#context.state, id);
    if (!this.#context.state.occupants.value.has(id)) return "gone";
    this.#add(words, to, "");
    return undefined;
  }

  /** A message that did not get through, once more and at the end. */
  sendAgain(key: string): void {
    const line = this.lines.value.find((each) => each.key === key);
    if (line?.delivery !== "failed") return;
    this.drop(key);
    this.#add(line.text, line.to, line.replyTo);
  }

  /** Away from this page; nobody else has it. */
  drop(key: string): void {
    this.lines.value = this.lines.value.filter((line) => line.key !== key);
  }

  /** Opens the chat with the next message for this person. */
  openPrivate(id: string): void {
    batch(() => {
      this.recipient.value = personOf(this.#context.state, id);
      this.replyTo.value = undefined;
      this.#context.state.openPanel("chat");
    });
  }

  answer(line: ChatLine): void {
    batch(() => {
      this.replyTo.value = line;
      this.recipient.value = partnerOf(line);
    });
  }

  /** Somebody has just written to us alone, and the next words would go to everybody. */
  privacyDoubt(now: number): Reactor | undefined {
    if (this.recipient.value) return undefined;
    const last = this.lines.value.findLast(({ kind }) => kind === "message");
    if (!last?.isPrivate || last.isOwn || now - last.sentAt > PRIVACY_DOUBT_MS) return undefined;
    return this.#context.state.occupants.value.has(last.from) ? { id: last.from, name: last.name } : undefined;
  }

  toggleReaction(line: ChatLine, emoji: string): void {
    this.#comments.toggle(line, emoji);
  }

  mayRetract(line: ChatLine): boolean {
    return this.#comments.mayRetract(line);
  }

  retract(line: ChatLine): void {
    this.#comments.retract(line);
  }

  /** The newest lines are before somebody's eyes, or no more. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    if (!isWatched) return;
    this.unread.value = 0;
    this.#noteRead();
  }

  stanza(stanza: XmlElement): boolean {
    const room = this.#context.room();
    if (stanza.name !== "message" || !room || bareOf(stanza.attrs.from) !== room.jid) return false;
    if (childNamed(stanza, "subject") && !childNamed(stanza, "body")) {
      // The subject ends what the room tells of its past.
      this.#entered();
      return false;
    }
    const message = readRoomMessage(stanza, Date.now());
    if (!message) return false;
    switch (message.type) {
      case "said":
        this.#heard(message);
        return true;
      case "reacted":
        this.#comments.reacted(message);
        return true;
      case "retracted":
        this.#comments.retracted(message);
        return true;
      case "refused":
        return this.#comments.refused(message.id) || this.#refused(message.id, message.condition);
    }
  }

  json(message: JsonMessage, from: string): void {
    const isServer = from === this.#context.room()?.jid || isComponent(from);
    const said = isServer ? readSystemMessage(message) : undefined;
    if (said) this.#append({ ...this.#blank(), kind: "system", ...said });
  }

  entered(): void {
    // The subject comes at once; where a server leaves it out, nothing waits for it for ever.
    setTimeout(() => this.#entered(), SUBJECT_PATIENCE_MS);
  }

  left(): void {
    this.#isEntering = true;
    this.#replay = undefined;
    this.#comments.forget();
  }

  #add(text: string, to: Reactor | undefined, replyTo: string): void {
    const { connection, state } = this.#context;
    const line: ChatLine = {
      ...this.#blank(),
      id: connection.newId(),
      from: state.selfId.value,
      name: state.name.value,
      text,
      isOwn: true,
      isPrivate: to !== undefined,
      to,
      replyTo,
      delivery: "sending",
    };
    this.#append(line);
    // Whatever is written while we have no place in the room leaves when we have one again.
    if (!this.#isEntering) this.#transmit(line);
  }

  #transmit({ key, id, text, to, replyTo }: ChatLine): void {
    const { connection, room, state } = this.#context;
    const place = room();
    if (!place) return;
    connection.send(textMessage({ room: place.jid, to: to?.id ?? "", id }, text, replyTo));
    if (to && state.link.value === "connected") this.#change(key, { delivery: "sent" });
  }

  #heard(message: ChatMessage): void {
    const { selfId, name, occupants } = this.#context.state;
    const own = message.from === selfId.value ? findOwn(this.lines.value, message) : undefined;
    if (own) this.#change(own.key, { delivery: "sent", problem: undefined });
    if (own || (message.isHistory ? this.#isPast(message) : this.#isKnown(message))) return;
    const isOwn = message.from === selfId.value || (message.isHistory && this.#memory.wasUs(message.from));
    const sender = occupants.value.get(message.from)?.name || message.senderName;
    const { id, from, text, sentAt, isPrivate, replyTo } = message;
    const kind = from === "" ? "system" : "message";
    const rest = { id, from, text, sentAt, isPrivate, replyTo, kind, isOwn } as const;
    this.#append({ ...this.#blank(), ...rest, name: isOwn ? name.value : sender }, message.isHistory);
  }

  /** What we sent just before the place was lost may be in the room's past, under the address we had then. */
  #settled({ id }: ChatMessage): boolean {
    const waiting = id ? this.lines.value.find((line) => line.isOwn && line.id === id) : undefined;
    if (waiting?.delivery !== "sending") return false;
    this.#change(waiting.key, { delivery: "sent" });
    return true;
  }

  /** Of what the room tells of its past: is it on the page? */
  #isPast(message: ChatMessage): boolean {
    this.#openRoom();
    this.#replay ??= new Replay(this.lines.value);
    return this.#settled(message) || this.#replay.isKnown(message);
  }

  #isKnown({ id, from, text }: ChatMessage): boolean {
    const known = findById(this.lines.value, id);
    return known?.from === from && (known.text === text || known.isRetracted);
  }

  #refused(id: string, condition: string): boolean {
    const line = this.lines.value.findLast((each) => each.isOwn && each.id === id);
    if (line) this.#change(line.key, { delivery: "failed", problem: problemOf(condition) });
    return line !== undefined;
  }

  /** We are in the room and know its past: what is not part of it has to be said (again). */
  #entered(): void {
    if (!this.#isEntering) return;
    this.#isEntering = false;
    this.#replay = undefined;
    const { selfId, occupants } = this.#context.state;
    this.#openRoom();
    this.#memory.noteId(selfId.value);
    for (const line of this.lines.value.filter(({ delivery }) => delivery === "sending")) {
      const again = { ...line, from: selfId.value };
      this.#change(line.key, again);
      if (line.to && !occupants.value.has(line.to.id)) this.#change(line.key, { delivery: "failed", problem: "gone" });
      else this.#transmit(again);
    }
  }

  #privateOnesLeft(): void {
    if (this.#isEntering) return;
    const waiting = this.lines.value.filter(({ delivery, to }) => delivery === "sending" && to !== undefined);
    for (const { key } of waiting) this.#change(key, { delivery: "sent" });
  }

  #append(line: ChatLine, isHistory = false): void {
    const isNews = !line.isOwn && this.#memory.isNews(line.sentAt);
    batch(() => {
      this.lines.value = bounded([...this.lines.value, line]);
      if (isNews && !this.#isWatched) {
        if (this.unread.value === 0) this.firstUnread.value = line.key;
        this.unread.value++;
      }
      if (!line.isOwn && !isHistory) this.incoming.value = line;
    });
    if (this.#isWatched) this.#noteRead();
    else if (!line.isOwn && !isHistory) this.#notify(line);
  }

  #notify({ name, text, isPrivate }: ChatLine): void {
    const { state } = this.#context;
    const short = text.length > NOTICE_LENGTH ? `${text.slice(0, NOTICE_LENGTH)}…` : text;
    state.notices.show(isPrivate ? "notify.chatPrivateMessage" : "notify.chatMessage", {
      values: { name, text: short },
      group: "chat",
      topic: "chat",
      actions: [{ label: "toolbar.openChat", act: () => state.openPanel("chat") }],
    });
  }

  #change(key: string, change: Partial<ChatLine>): void {
    this.lines.value = changeLine(this.lines.value, key, change);
  }

  /** Another room of the meeting has a chat of its own. */
  #openRoom(): void {
    const room = this.#context.room();
    if (!room || !this.#memory.open(room.jid)) return;
    batch(() => {
      this.lines.value = this.lines.value.filter(({ delivery }) => delivery === "sending");
      this.unread.value = 0;
      this.recipient.value = undefined;
      this.replyTo.value = undefined;
    });
  }

  #noteRead(): void {
    const last = this.lines.value.at(-1);
    if (last) this.#memory.noteRead(last.sentAt);
  }

  #blank(): ChatLine {
    return blankLine(`line-${this.#nextKey++}`, Date.now());
  }
}
