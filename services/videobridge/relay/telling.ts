import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Conference } from "../conference/conference.ts";
import type { ConferenceRelays } from "./conference-relays.ts";
import type { Relay } from "./relay.ts";
import type { RelayLink } from "./relay-link.ts";

/** What changes within this time is told at once. */
const tellDelayMs = 50;
/** A state that was lost is repeated after this. */
const tellPeriodMs = 10_000;

/** Tells the other ends of a conference's relays what is wanted of them and how our own sources are. */
export class Telling {
  readonly #conference: Conference;
  readonly #relays: ConferenceRelays;
  readonly #link: RelayLink;
  readonly #clock: Clock;
  readonly #told = new WeakMap<Relay, string>();
  readonly #again: Timer;
  #soon: Timer | undefined;
  /** A wish ends by itself then. */
  #later: Timer | undefined;

  constructor(conference: Conference, relays: ConferenceRelays, link: RelayLink, clock: Clock) {
    this.#conference = conference;
    this.#relays = relays;
    this.#link = link;
    this.#clock = clock;
    this.#again = clock.every(tellPeriodMs, () => this.#tell(true));
  }

  /** Something may have changed. */
  touch(): void {
    if (this.#relays.current.size === 0) return;
    this.#soon ??= this.#clock.after(tellDelayMs, () => {
      this.#soon = undefined;
      this.#tell(false);
    });
  }

  close(): void {
    for (const timer of [this.#again, this.#soon, this.#later]) timer?.cancel();
  }

  #tell(isRepeated: boolean): void {
    let next = Number.POSITIVE_INFINITY;
    for (const relay of this.#relays.current.values()) {
      if (relay.otherEnd === undefined) continue;
      const { state, changesAt } = this.#describe(relay);
      next = Math.min(next, changesAt);
      const key = JSON.stringify(state);
      if (!isRepeated && this.#told.get(relay) === key) continue;
      this.#told.set(relay, key);
      this.#link.tellState(relay.peer.bridge, state);
    }
    this.#later?.cancel();
    this.#later = Number.isFinite(next)
      ? this.#clock.after(next - this.#clock.now(), () => this.#tell(false))
      : undefined;
  }

  #describe(relay: Relay) {
    const came = [...this.#relays.sources.values()].filter((sending) => sending.relay === relay);
    const wished = came.map((sending) => ({ name: sending.source.name, ...sending.wish() }));
    const endpoints = [...this.#conference.endpoints.values()];
    const state = {
      conference: this.#conference.id,
      from: this.#link.bridge,
      fromInstance: this.#link.instance,
      relay: relay.id,
      wishes: Object.fromEntries(
        wished.map(({ name, wish }) => [name, { maxHeight: wish.maxHeight, layers: [...wish.layers] }]),
      ),
      sources: Object.fromEntries(
        [...relay.crossings].map(([name, { sending }]) => [
          name,
          { videoType: sending.videoType, sending: sending.isSending },
        ]),
      ),
      silentEndpoints: endpoints.filter(({ isSilent }) => isSilent).map(({ id }) => id),
    };
    return { state, changesAt: Math.min(Number.POSITIVE_INFINITY, ...wished.map(({ until }) => until)) };
  }
}
