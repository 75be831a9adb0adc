import { signal } from "@preact/signals-core";
import type { TextKey } from "../i18n/text-key.ts";

/** What one may do about it, right there. */
export interface NoticeAction {
  /** Words of an embedding page are shown as they are. */
  readonly label: TextKey | { readonly words: string };
  readonly act: () => void;
  /** A page of ours that opens beside this one. */
  readonly href?: string;
}

/** What people may choose not to be told of in passing; what they have to know has no topic. */
export const NOTICE_TOPICS = ["joined", "left", "hands", "chat", "polls"] as const;

export type NoticeTopic = (typeof NOTICE_TOPICS)[number];

export interface NoticeOptions {
  /** For the gaps of the text. An empty `name` reads as "guest". */
  readonly values?: Readonly<Record<string, string | number>>;
  readonly kind?: "info" | "warning" | "error";
  readonly actions?: readonly NoticeAction[];
  /** What it is about, for those who do not want to hear of that. */
  readonly topic?: NoticeTopic;
  /** Stays until it is dismissed. */
  readonly stays?: boolean;
  readonly forMs?: number;
  /** A later notice of the same group takes the place of the earlier one. */
  readonly group?: string;
}

export interface Notice extends NoticeOptions {
  readonly id: number;
  readonly text: TextKey;
}

const NOTICE_MS = 5000;
/** Who is to do something about it needs time to read and to reach the button. */
const ACTION_MS = 15_000;
export const MAX_NOTICES = 5;

/** The passing lines in the corner of a page. */
export class Notices {
  readonly list = signal<readonly Notice[]>([]);
  readonly unwanted = signal<readonly NoticeTopic[]>([]);
  /** What link, operator or embedding page do not want to be told, by its key. */
  isWanted: (text: TextKey) => boolean = () => true;
  #next = 1;

  show(text: TextKey, options: NoticeOptions = {}): number {
    const notice: Notice = { ...options, text, id: this.#next++ };
    // Peeked at: who tells of something in an effect must not be told of its own notice.
    if (notice.topic && this.unwanted.peek().includes(notice.topic)) return notice.id;
    if (!this.isWanted(text)) return notice.id;
    const others = this.list.peek().filter(({ group }) => group === undefined || group !== notice.group);
    this.list.value = [...others, notice].slice(-MAX_NOTICES);
    if (!notice.stays)
      setTimeout(() => this.dismiss(notice.id), notice.forMs ?? (notice.actions ? ACTION_MS : NOTICE_MS));
    return notice.id;
  }

  dismiss(id: number): void {
    this.list.value = this.list.peek().filter((notice) => notice.id !== id);
  }

  /** What they tell of is in sight now. */
  dismissGroup(group: string): void {
    this.list.value = this.list.peek().filter((notice) => notice.group !== group);
  }
}
