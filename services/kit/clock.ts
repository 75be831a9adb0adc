/** Time as an argument: what waits takes a Clock, so that a test can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, for measuring: nobody sets this clock. */
  elapsed(): number;
  after(delayMs: number, action: () => void): Timer;
  every(periodMs: number, action: () => void): Timer;
}

export type Timer = { cancel(): void };

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs, action) {
    const timer = setInterval(action, periodMs);
    return { cancel: () => clearInterval(timer) };
  },
};

/** Until `work` is done, or `limitMs` are over, in which case it goes on unattended. Rejects where it fails before. */
export async function waitAtMost(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = clock.after(limitMs, limit.resolve);
  try {
    await Promise.race([work, limit.promise]);
  } finally {
    timer.cancel();
  }
}

type Pending = { readonly at: number; readonly order: number; readonly action: () => void };

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(now = 0) {
    this.#now = now;
  }

  /** How many timers are waiting: a test can see that nothing was left behind. */
  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): Timer {
    const entry = this.#add(delayMs, action);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  every(periodMs: number, action: () => void): Timer {
    if (!(periodMs > 0)) throw new RangeError(`a period is > 0 ms, found ${periodMs}`);
    let isCancelled = false;
    let entry: Pending;
    const fire = () => {
      entry = this.#add(periodMs, fire);
      action();
      if (isCancelled) this.#pending.delete(entry);
    };
    entry = this.#add(periodMs, fire);
    return {
      cancel: () => {
        isCancelled = true;
        this.#pending.delete(entry);
      },
    };
  }

  /** Moves on, firing what falls due in order; between timers, promises settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
      await settle();
    }
    this.#now = end;
  }

  #add(delayMs: number, action: () => void): Pending {
    const entry = { at: this.#now + Math.max(0, delayMs), order: this.#order++, action };
    this.#pending.add(entry);
    return entry;
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.at > end) continue;
      if (!first || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    }
    return first;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
