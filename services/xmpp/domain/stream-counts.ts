/**
 * XEP-0198 counts of one stream. What was sent and not acknowledged is kept, to be sent again. What was received is
 * acknowledged only once it is written behind: a process that takes over must never have to ask for what it said it had.
 */
export class StreamCounts<T> {
  #received: number;
  #stored: number;
  #acknowledged: number;
  #unacknowledged: T[];
  /** After a restart: how many of `unacknowledged` the dead process had made; it may have sent more than it recorded. */
  #restored: number | undefined;

  constructor(restored?: {
    readonly received: number;
    readonly acknowledged: number;
    readonly unacknowledged: readonly T[];
  }) {
    this.#received = restored?.received ?? 0;
    this.#stored = this.#received;
    this.#acknowledged = restored?.acknowledged ?? 0;
    this.#unacknowledged = [...(restored?.unacknowledged ?? [])];
    this.#restored = restored?.unacknowledged.length;
  }

  /** Stanzas of the client that were worked on. */
  get received(): number {
    return this.#received;
  }

  /** Of those, how many a restarted process would know of. */
  get stored(): number {
    return this.#stored;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get sent(): number {
    return (this.#acknowledged + this.#unacknowledged.length) % modulus;
  }

  get unacknowledged(): readonly T[] {
    return this.#unacknowledged;
  }

  receive(): void {
    this.#received = (this.#received + 1) % modulus;
  }

  /** `received` as it was when the record that is now safe was made. */
  store(received: number): void {
    this.#stored = received;
  }

  send(stanza: T): void {
    this.#unacknowledged.push(stanza);
  }

  /** The client has seen `h` stanzas. */
  acknowledge(h: number): Acknowledged {
    const fresh = (h - this.#acknowledged + modulus) % modulus;
    const restored = this.#restored;
    this.#restored = undefined;
    if (restored === undefined) {
      if (fresh > this.#unacknowledged.length) return { ok: false, sent: this.sent };
      this.#unacknowledged.splice(0, fresh);
    } else {
      if (fresh > restored + forgottenAtMost) return { ok: false, sent: this.sent };
      // Of what was made since the restart it can't have seen anything.
      this.#unacknowledged.splice(0, Math.min(fresh, restored));
    }
    this.#acknowledged = h;
    return { ok: true, fresh };
  }
}

export type Acknowledged =
  | { readonly ok: true; readonly fresh: number }
  /** More than was sent, or less than was acknowledged before. */
  | { readonly ok: false; readonly sent: number };

/** XEP-0198 section 4: counts wrap. */
const modulus = 2 ** 32;

/** How many stanzas a process may have sent between its last record and its death. */
const forgottenAtMost = 50_000;
