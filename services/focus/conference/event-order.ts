import type { Clock, Timer } from "@veche/kit/clock.ts";

/** How long an event that came early waits for the one before it. */
export const holdMs = 100;

/**
 * The XMPP server numbers its events of a room without holes. This hands them on in that order, leaves out what a
 * snapshot already told, and says when one is missing for good.
 */
export class EventOrder<E> {
  readonly #clock: Clock;
  readonly #deliver: (event: E) => void;
  readonly #onHole: () => void;
  readonly #early = new Map<number, E>();
  /** Undefined until a snapshot has said where the events begin. */
  #last: number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, deliver: (event: E) => void, onHole: () => void) {
    this.#clock = clock;
    this.#deliver = deliver;
    this.#onHole = onHole;
  }

  hear(seq: number, event: E): void {
    if (this.#last !== undefined && seq <= this.#last) return;
    this.#early.set(seq, event);
    this.#handOn();
  }

  /** A snapshot told everything up to `seq`. */
  restart(seq: number): void {
    this.#last = seq;
    for (const early of [...this.#early.keys()]) if (early <= seq) this.#early.delete(early);
    this.#handOn();
  }

  /** The numbering begins anew with another server process: nothing is known until its snapshot. */
  forget(): void {
    this.#last = undefined;
    this.#early.clear();
    this.close();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #handOn(): void {
    if (this.#last === undefined) return;
    for (let next = this.#last + 1; this.#early.has(next); next += 1) {
      const event = this.#early.get(next) as E;
      this.#early.delete(next);
      this.#last = next;
      this.#deliver(event);
    }
    if (this.#early.size === 0) this.close();
    else this.#timer ??= this.#clock.after(holdMs, () => this.#giveUp());
  }

  #giveUp(): void {
    this.#timer = undefined;
    this.#last = undefined;
    this.#onHole();
  }
}
