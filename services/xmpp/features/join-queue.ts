import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Session } from "../stream/session.ts";

type Waiting = { readonly session: Session; readonly enter: () => void; readonly refuse: () => void };

/**
 * The room lock: who comes while the focus is still opening the room waits for it. An entry exists for each room that
 * somebody has asked the focus for.
 */
export class JoinQueue {
  readonly #clock: Clock;
  readonly #lockMs: number;
  readonly #perRoom: number;
  readonly #opening = new Map<string, { requests: number; timer: Timer | undefined; waiting: Waiting[] }>();

  constructor(clock: Clock, limits: { readonly roomLockMs: number; readonly queuedPerRoom: number }) {
    this.#clock = clock;
    this.#lockMs = limits.roomLockMs;
    this.#perRoom = limits.queuedPerRoom;
  }

  isOpening(roomJid: string): boolean {
    return this.#opening.has(roomJid);
  }

  /** Somebody asks the focus for the room; to be ended with `asked`. */
  ask(roomJid: string): void {
    const entry = this.#opening.get(roomJid) ?? { requests: 0, timer: undefined, waiting: [] };
    entry.requests++;
    this.#opening.set(roomJid, entry);
  }

  asked(roomJid: string): void {
    const entry = this.#opening.get(roomJid);
    if (!entry || --entry.requests > 0 || entry.waiting.length > 0) return;
    this.#opening.delete(roomJid);
  }

  /** False where the queue is full. `refuse` is called where the room is not open in time. */
  wait(roomJid: string, waiting: Waiting): boolean {
    const entry = this.#opening.get(roomJid);
    if (!entry || entry.waiting.length >= this.#perRoom) return false;
    entry.waiting = entry.waiting.filter(({ session }) => session !== waiting.session);
    entry.waiting.push(waiting);
    entry.timer ??= this.#clock.after(this.#lockMs, () => this.#giveUp(roomJid));
    return true;
  }

  opened(roomJid: string): void {
    for (const { session, enter } of this.#take(roomJid)) if (!session.isEnded) enter();
  }

  /** The session ended, or changed its mind. */
  drop(session: Session): void {
    for (const entry of this.#opening.values()) {
      entry.waiting = entry.waiting.filter((waiting) => waiting.session !== session);
    }
  }

  close(): void {
    for (const { timer } of this.#opening.values()) timer?.cancel();
    this.#opening.clear();
  }

  #giveUp(roomJid: string): void {
    for (const { session, refuse } of this.#take(roomJid)) if (!session.isEnded) refuse();
  }

  #take(roomJid: string): readonly Waiting[] {
    const entry = this.#opening.get(roomJid);
    if (!entry) return [];
    const { waiting } = entry;
    entry.timer?.cancel();
    entry.timer = undefined;
    entry.waiting = [];
    if (entry.requests <= 0) this.#opening.delete(roomJid);
    return waiting;
  }
}
