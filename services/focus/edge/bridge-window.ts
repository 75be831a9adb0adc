/**
 * Create and connect requests under way to one process of a bridge. With more at a time each only takes longer, so that
 * all run into their deadline together.
 */
export const bridgeWindow = 8;

export type WindowTurn = {
  readonly bridge: string;
  readonly instance: string;
  /** Comes before all that are not, in the order of asking. */
  readonly isUrgent: boolean;
  /** Gives up waiting. Of what has begun it is the work's own to heed. */
  readonly signal: AbortSignal;
};

type Window = { running: number; readonly urgent: Set<() => void>; readonly others: Set<() => void> };

/** Lets so much work at a time at each bridge begin; the rest waits for its turn. */
export class BridgeWindows {
  readonly #windows = new Map<string, Window>();

  /** Rejects with the signal's reason where that came first. */
  async run<T>(turn: WindowTurn, work: () => Promise<T>): Promise<T> {
    const key = `${turn.bridge} ${turn.instance}`;
    const window = this.#windows.get(key) ?? { running: 0, urgent: new Set(), others: new Set() };
    this.#windows.set(key, window);
    if (window.running < bridgeWindow) window.running += 1;
    else await waitIn(turn.isUrgent ? window.urgent : window.others, turn.signal);
    try {
      return await work();
    } finally {
      this.#leave(key, window);
    }
  }

  /** The place goes to the next, or is free. */
  #leave(key: string, window: Window): void {
    const queue = window.urgent.size > 0 ? window.urgent : window.others;
    const [next] = queue;
    if (next) {
      queue.delete(next);
      next();
      return;
    }
    window.running -= 1;
    if (window.running === 0) this.#windows.delete(key);
  }
}

function waitIn(queue: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    const abort = () => {
      queue.delete(begin);
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else {
      signal.addEventListener("abort", abort, { once: true });
      queue.add(begin);
    }
  });
}
