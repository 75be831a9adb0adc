/**
 * Who may open a stream before saying who they are. A whole school comes from one address, so nobody is sent away for
 * being many: who comes over the limit waits for a place, and those who have sat on one without signing in make room.
 */
export type AdmissionLimits = {
  readonly perAddress: number;
  readonly inAll: number;
  /** A place held longer than this may be taken by somebody who waits. */
  readonly settledAfterMs: number;
  readonly waitingPerAddress: number;
};

export type Decision = {
  /** Streams that may begin now. */
  readonly admit: readonly number[];
  /** Streams to be cut. */
  readonly evict: readonly number[];
  /** Streams to be refused. */
  readonly refuse: readonly number[];
};

type Place = { readonly id: number; readonly address: string; readonly since: number };

export class Admission {
  readonly #limits: AdmissionLimits;
  /** In order of arrival. */
  readonly #placed = new Map<number, Place>();
  readonly #waiting = new Map<number, Place>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get placed(): number {
    return this.#placed.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  arrive(id: number, address: string, now: number): Decision {
    const place = { id, address, since: now };
    if (this.#hasRoom(address)) {
      this.#take(place);
      return { admit: [id], evict: [], refuse: [] };
    }
    const waitingHere = [...this.#waiting.values()].filter((other) => other.address === address).length;
    if (waitingHere >= this.#limits.waitingPerAddress || this.#waiting.size >= this.#limits.inAll) {
      return { admit: [], evict: [], refuse: [id] };
    }
    this.#waiting.set(id, place);
    return this.tick(now);
  }

  /** The stream signed in, or is gone. */
  release(id: number, now: number): Decision {
    this.#waiting.delete(id);
    this.#free(id);
    return this.tick(now);
  }

  /** Gives places to those who wait; to be called now and then while somebody does. */
  tick(now: number): Decision {
    const admit: number[] = [];
    const evict: number[] = [];
    for (const waiting of [...this.#waiting.values()]) {
      if (!this.#hasRoom(waiting.address)) {
        const idle = this.#longestIdle(waiting.address, now);
        if (!idle) continue;
        evict.push(idle.id);
        this.#free(idle.id);
      }
      this.#waiting.delete(waiting.id);
      this.#take({ ...waiting, since: now });
      admit.push(waiting.id);
    }
    return { admit, evict, refuse: [] };
  }

  #hasRoom(address: string): boolean {
    return this.#placed.size < this.#limits.inAll && (this.#perAddress.get(address) ?? 0) < this.#limits.perAddress;
  }

  /** Of the same address where that is what is full, else of anybody. */
  #longestIdle(address: string, now: number): Place | undefined {
    const isAddressFull = (this.#perAddress.get(address) ?? 0) >= this.#limits.perAddress;
    for (const place of this.#placed.values()) {
      if (now - place.since < this.#limits.settledAfterMs) return undefined;
      if (!isAddressFull || place.address === address) return place;
    }
    return undefined;
  }

  #take(place: Place): void {
    this.#placed.set(place.id, place);
    this.#perAddress.set(place.address, (this.#perAddress.get(place.address) ?? 0) + 1);
  }

  #free(id: number): void {
    const place = this.#placed.get(id);
    if (!place) return;
    this.#placed.delete(id);
    const left = (this.#perAddress.get(place.address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(place.address, left);
    else this.#perAddress.delete(place.address);
  }
}
