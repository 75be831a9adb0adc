import type { Clock } from "@veche/kit/clock.ts";
import type { Endpoint } from "./endpoint.ts";

/** Hears each change of an estimate at once while it matters, else with the next look. Returns whether that begins now. */
export function watch(receiver: Endpoint, now: number): boolean {
  const { transport, downlink } = receiver;
  if (transport.isPlain) return false;
  const isWatched = downlink.needsWatching(now);
  if (receiver.isWatched === isWatched) return false;
  receiver.isWatched = isWatched;
  transport.watchEstimate(isWatched).catch(() => {});
  return isWatched;
}

/** What is heard of the lines to receivers. */
export class Watching {
  readonly #clock: Clock;
  readonly #refresh: (receiver: Endpoint) => void;

  constructor(clock: Clock, refresh: (receiver: Endpoint) => void) {
    this.#clock = clock;
    this.#refresh = refresh;
  }

  hear(receiver: Endpoint, estimateBps: number): void {
    const now = this.#clock.now();
    if (receiver.downlink.hear(estimateBps, now) || watch(receiver, now)) this.#refresh(receiver);
  }

  /** Something on the line is worse than before: what the estimate is by now can't wait for the next look. */
  worry(receiver: Endpoint): void {
    const now = this.#clock.now();
    receiver.downlink.worry(now);
    if (receiver.isWatched) return;
    watch(receiver, now);
    receiver.transport.stats().then(
      ({ estimateBps }) => estimateBps !== undefined && this.hear(receiver, estimateBps),
      () => {},
    );
  }
}
