import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { type JsonMessage, readRoomMessage } from "../../protocol/conference/chat.ts";
import { answerPollMessage, newPollMessage, type Poll, readPollMessage } from "../../protocol/conference/polls.ts";
import { randomHex } from "../../protocol/random.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { Permissions } from "../call/permissions.ts";
import { type PollDraft, problemOf, trimmed, withAnswer } from "./tally.ts";

type Context = Pick<CallContext, "state" | "connection" | "offers" | "room">;

/** Questions to everybody in the meeting, and what they answer. */
export class Polls implements Activity {
  /** The newest last. */
  readonly list = signal<readonly Poll[]>([]);
  /** Made ready and not yet sent; nobody else knows of them. */
  readonly drafts = signal<readonly PollDraft[]>([]);
  readonly unread = signal(0);
  readonly mayCreate: ReadonlySignal<boolean>;
  /** What the server did not take, by the poll's id. */
  readonly refused = signal<ReadonlySet<string>>(new Set());
  readonly #context: Context;
  readonly #sent = new Map<string, { readonly poll: string; readonly undo: () => void }>();
  #room: string | undefined;

  constructor(context: Context, permissions: Permissions) {
    this.#context = context;
    this.mayCreate = computed(() => permissions.allow("create-polls"));
    effect(() => {
      if (context.state.panel.value === "polls") this.unread.value = 0;
    });
  }

  keep(draft: PollDraft): void {
    const others = this.drafts.value.filter(({ key }) => key !== draft.key);
    this.drafts.value = [...others, trimmed(draft)];
  }

  discard(key: string): void {
    this.drafts.value = this.drafts.value.filter((each) => each.key !== key);
  }

  /** To everybody; from then on it cannot be changed. */
  send(key: string): void {
    const component = this.#component();
    const draft = this.drafts.value.find((each) => each.key === key);
    if (!component || !draft || problemOf(draft)) return;
    const { connection } = this.#context;
    const id = connection.newId();
    this.#sent.set(id, { poll: draft.key, undo: () => this.keep(draft) });
    this.discard(key);
    connection.send(newPollMessage(component, id, { ...draft, id: draft.key }));
  }

  /** Yes or no for each option; no to all takes the answer back. */
  vote(poll: Poll, answers: readonly boolean[]): void {
    const component = this.#component();
    if (!component) return;
    const { connection } = this.#context;
    const id = connection.newId();
    this.#sent.set(id, { poll: poll.id, undo: () => this.#refuse(poll.id) });
    this.refused.value = new Set([...this.refused.value].filter((each) => each !== poll.id));
    connection.send(answerPollMessage(component, id, poll.id, answers));
  }

  json(json: JsonMessage, from: string): void {
    if (from !== this.#component()) return;
    this.#openRoom();
    const message = readPollMessage(json);
    switch (message?.type) {
      case "new":
        this.#learn([message.poll], true);
        return;
      case "old":
        this.#learn(message.polls, false);
        return;
      case "answer":
        this.#forgetSent(message.id);
        this.list.value = this.list.value.map((poll) => (poll.id === message.id ? withAnswer(poll, message) : poll));
    }
  }

  stanza(stanza: XmlElement): boolean {
    if (stanza.name !== "message" || !stanza.attrs.from || stanza.attrs.from !== this.#component()) return false;
    const message = readRoomMessage(stanza, 0);
    if (message?.type !== "refused") return false;
    const sent = this.#sent.get(message.id);
    if (!sent) return false;
    this.#sent.delete(message.id);
    sent.undo();
    this.#context.state.notices.show("polls.refused", { kind: "error" });
    return true;
  }

  entered(): void {
    this.#openRoom();
  }

  /** Another room of the meeting has polls of its own, of which it may tell before we are in it. */
  #openRoom(): void {
    const jid = this.#context.room()?.jid;
    if (jid === undefined || jid === this.#room) return;
    if (this.#room !== undefined) {
      this.list.value = [];
      this.unread.value = 0;
    }
    this.#room = jid;
  }

  #learn(polls: readonly Poll[], isNews: boolean): void {
    const { state } = this.#context;
    const known = new Map(this.list.value.map((poll) => [poll.id, poll]));
    const news = polls.filter(({ id, senderId }) => !known.has(id) && senderId !== state.selfId.value);
    for (const poll of polls) {
      this.#forgetSent(poll.id);
      known.set(poll.id, poll);
    }
    batch(() => {
      this.list.value = [...known.values()];
      if (state.panel.value !== "polls") this.unread.value += news.length;
    });
    const [first] = news;
    if (!isNews || !first || state.panel.value === "polls") return;
    state.notices.show("polls.notification.title", {
      values: { name: first.senderName, question: first.question },
      topic: "polls",
      group: "polls",
      actions: [{ label: "polls.notification.open", act: () => state.openPanel("polls") }],
    });
  }

  /** It has arrived: a poll under its own id, a vote under that of its poll. */
  #forgetSent(poll: string): void {
    for (const [id, sent] of this.#sent) if (sent.poll === poll) this.#sent.delete(id);
  }

  #refuse(poll: string): void {
    this.refused.value = new Set([...this.refused.value, poll]);
  }

  #component(): string | undefined {
    return this.#context.offers.component("polls");
  }
}

/** Also the poll's id, once it is sent. */
export function newDraft(): PollDraft {
  return { key: randomHex(8), question: "", options: ["", ""] };
}
