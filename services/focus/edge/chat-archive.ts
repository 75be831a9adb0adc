import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { Log } from "@veche/kit/log.ts";
import { filterOf } from "@veche/kit/subject.ts";
import { chat as contracts } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Chat } from "../domain/effects.ts";
import { formatTime, toParticipant } from "./facts.ts";

export const chatLimits = {
  /** Texts that wait for the stream; of more, the oldest are let go. */
  waiting: 10_000,
  retryMs: 1_000,
} as const;

const dayMs = 24 * 3600 * 1000;

export type OfSitting = {
  readonly tenant: string;
  readonly room: string;
  readonly session: string;
  readonly epoch: number;
};

type Entry = { readonly of: OfSitting; readonly chat: Chat };

export type ChatArchiveGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: LiveSettingsWatch;
  /** "/focus/<instance>" */
  readonly source: string;
  /** Texts that may wait; `chatLimits.waiting` unless a test says otherwise. */
  readonly mostWaiting?: number;
};

/**
 * The stream of chats: for so many days as the operator says, and not made at all while he says none. A sitting's texts
 * are numbered from 1 by themselves; what they are numbered on from is read from the stream.
 */
export class ChatArchive implements Disposable {
  readonly #given: ChatArchiveGiven;
  readonly #waiting: Entry[] = [];
  /** Number of the newest text, by sitting. */
  readonly #last = new Map<string, number>();
  readonly #watching: Subscription;
  #keptDays = 0;
  #isRunning = false;
  #isClosed = false;

  constructor(given: ChatArchiveGiven) {
    this.#given = given;
    this.#watching = given.settings.onChange(() => void this.#follow());
    void this.#follow();
  }

  keep(of: OfSitting, chat: Chat): void {
    if (this.#days === 0 || this.#isClosed) return;
    this.#waiting.push({ of, chat });
    const limit = this.#given.mostWaiting ?? chatLimits.waiting;
    if (this.#waiting.length > limit) {
      this.#waiting.shift();
      this.#given.log.warn({ limit }, "texts of chats wait for their stream: the oldest is let go");
    }
    if (!this.#isRunning) void this.#run();
  }

  /** The sitting is over. */
  forget(session: string): void {
    if (!this.#waiting.some(({ of }) => of.session === session)) this.#last.delete(session);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#watching.close();
    this.#waiting.length = 0;
  }

  get #days(): number {
    return this.#given.settings.current.keepChatDays;
  }

  /** The age of what is kept follows the setting at once, also while nobody writes. */
  async #follow(): Promise<void> {
    try {
      await this.#ensure();
    } catch (error) {
      this.#given.log.warn({ err: error }, "the stream of chats does not follow the setting yet");
    }
  }

  async #ensure(): Promise<void> {
    const days = this.#days;
    if (days === 0 || days === this.#keptDays) return;
    await this.#given.bus.keepStream({ ...streams.chat, maxAgeMs: days * dayMs });
    this.#keptDays = days;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting[0]; next !== undefined && !this.#isClosed; next = this.#waiting[0]) {
      const isDone = await this.#store(next);
      if (isDone && this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#isRunning = false;
  }

  async #store(entry: Entry): Promise<boolean> {
    if (this.#days === 0) return true;
    const { of, chat } = entry;
    try {
      await this.#ensure();
      const last = this.#last.get(of.session) ?? (await this.#lookUp(entry));
      if (last !== undefined) await this.#record(entry, last + 1);
      return true;
    } catch (error) {
      // Whether it arrived is read from the stream.
      this.#last.delete(of.session);
      this.#given.log.debug({ session: of.session, message: chat.message, err: error }, "a text is not stored yet");
      await new Promise<void>((resolve) => void this.#given.clock.after(chatLimits.retryMs, resolve));
      return false;
    }
  }

  async #record({ of, chat }: Entry, seq: number): Promise<void> {
    const { tenant, room, session, epoch } = of;
    const { participant, isPrivate, message, text, to, timeMs } = chat;
    const time = formatTime(timeMs);
    const body = { tenant, room, session, epoch: BigInt(epoch), seq: BigInt(seq), time, message, text, to };
    await this.#given.bus.record(
      isPrivate ? contracts.privateMessage : contracts.publicMessage,
      { tenant, room, session },
      { ...body, participant: toParticipant(participant) },
      { id: `${session}-chat-${seq}`, source: this.#given.source, time },
    );
    this.#last.set(session, seq);
  }

  /** Number of the newest text of the sitting; undefined where that is this very one. */
  async #lookUp({ of, chat }: Entry): Promise<number | undefined> {
    const { tenant, room, session } = of;
    const filter = filterOf(contracts.publicMessage, { tenant, room, session }).replace(/[^.]+$/, ">");
    let last = 0;
    let isThere = false;
    for await (const { body } of this.#given.bus.latest(streams.chat, filter)) {
      const { seq, time, text } = body as { readonly seq?: unknown; readonly time?: unknown; readonly text?: unknown };
      last = Math.max(last, Number(seq ?? 0));
      isThere ||= time === formatTime(chat.timeMs) && text === chat.text;
    }
    this.#last.set(of.session, last);
    return isThere ? undefined : last;
  }
}
