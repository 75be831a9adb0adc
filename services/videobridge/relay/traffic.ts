import type { Conference } from "../conference/conference.ts";
import type { Relay } from "./relay.ts";

/** So much sent and nothing back, not even a receiver report (RFC 3550 6.4.2): the other end can't be reached. */
const unansweredBytes = 100_000;

type Seen = { readonly bytesIn: number; readonly bytesOut: number };

export type RelayFlow = { readonly bytesIn: number; readonly bytesOut: number };

/** What goes through the relays of conferences. */
export class RelayTraffic {
  readonly #seen = new WeakMap<Relay, Seen>();
  readonly #unanswered = new Set<Relay>();

  /** Relays by which much went and nothing came. */
  get unanswered(): readonly Relay[] {
    return [...this.#unanswered].filter(({ isClosed }) => !isClosed);
  }

  /** Since the last look. */
  async look({ relays }: Conference): Promise<RelayFlow> {
    const flows = await Promise.all([...relays.current.values()].map((relay) => this.#lookAt(relay)));
    return {
      bytesIn: flows.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
      bytesOut: flows.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    };
  }

  async #lookAt(relay: Relay): Promise<RelayFlow> {
    const stats = await relay.transport.stats().catch(() => undefined);
    if (!stats) return { bytesIn: 0, bytesOut: 0 };
    const before = this.#seen.get(relay) ?? { bytesIn: 0, bytesOut: 0 };
    this.#seen.set(relay, { bytesIn: stats.bytesReceived, bytesOut: stats.bytesSent });
    if (stats.bytesReceived === 0 && stats.bytesSent > unansweredBytes) this.#unanswered.add(relay);
    else this.#unanswered.delete(relay);
    return {
      bytesIn: Math.max(0, stats.bytesReceived - before.bytesIn),
      bytesOut: Math.max(0, stats.bytesSent - before.bytesOut),
    };
  }
}
