import type { Clock, Timer } from "@veche/kit/clock.ts";
import { fullBucket, type TokenBucket, take } from "../domain/token-bucket.ts";

const mostOften = { perSecond: 10, burst: 8 };
const leastOften = { perSecond: 2, burst: 2 };
/** Where more receivers than this are, they share what so many may have. */
const receiversAtFullRate = 30;

/** Deciding for every receiver costs the square of a room: in a crowd that comes at once it is done so often for each. */
export function refreshRate(receivers: number): typeof mostOften {
  const share = Math.min(1, receiversAtFullRate / Math.max(1, receivers));
  return {
    perSecond: Math.max(leastOften.perSecond, mostOften.perSecond * share),
    burst: Math.max(leastOften.burst, mostOften.burst * share),
  };
}

/**
 * Whom it is to be decided for anew: at the end of this turn of the event loop, however many reasons there are in it.
 * Who had more turns than that is decided for together with all who wait.
 */
export class Refreshing<Receiver extends object> {
  readonly #clock: Clock;
  readonly #receivers: { readonly size: number };
  readonly #decide: (receivers: readonly Receiver[]) => void;
  readonly #turns = new WeakMap<Receiver, TokenBucket>();
  readonly #now = new Set<Receiver>();
  readonly #later = new Set<Receiver>();
  #timer: Timer | undefined;

  /** `receivers`: all there are. */
  constructor(clock: Clock, receivers: { readonly size: number }, decide: (receivers: readonly Receiver[]) => void) {
    this.#clock = clock;
    this.#receivers = receivers;
    this.#decide = decide;
  }

  touch(receiver: Receiver): void {
    if (this.#now.has(receiver) || this.#later.has(receiver)) return;
    if (this.#takeTurn(receiver)) {
      if (this.#now.size === 0) queueMicrotask(() => this.#flush(this.#now));
      this.#now.add(receiver);
    } else {
      this.#later.add(receiver);
      const { perSecond } = refreshRate(this.#receivers.size);
      this.#timer ??= this.#clock.after(1000 / perSecond, () => this.#catchUp());
    }
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#now.clear();
    this.#later.clear();
  }

  #takeTurn(receiver: Receiver): boolean {
    const now = this.#clock.now();
    const rate = refreshRate(this.#receivers.size);
    const [turns, hasTurn] = take(this.#turns.get(receiver) ?? fullBucket(rate, now), rate, 1, now);
    this.#turns.set(receiver, turns);
    return hasTurn;
  }

  #catchUp(): void {
    this.#timer = undefined;
    for (const receiver of this.#later) this.#takeTurn(receiver);
    this.#flush(this.#later);
  }

  #flush(waiting: Set<Receiver>): void {
    const receivers = [...waiting];
    waiting.clear();
    if (receivers.length > 0) this.#decide(receivers);
  }
}
