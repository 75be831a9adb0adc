/** The bridges whose channel clients may be sent to. Only what a bridge said of itself over the bus gets in. */
export type KnownBridge = {
  readonly bridge: string;
  readonly instance: string;
  readonly origin: string;
  readonly heardAt: number;
};

export type Heartbeat = { readonly bridge: string; readonly instance: string; readonly channelOrigin: string };

type Waiter = { readonly bridge: string; readonly found: (origin: string) => void };

export class BridgeDirectory {
  readonly #bridges = new Map<string, KnownBridge>();
  readonly #waiters = new Set<Waiter>();
  readonly #maxBridges: number;

  constructor(maxBridges: number) {
    this.#maxBridges = maxBridges;
  }

  get size(): number {
    return this.#bridges.size;
  }

  /** False where the heartbeat names no usable origin. */
  hear(heartbeat: Heartbeat, now: number): boolean {
    const origin = channelOrigin(heartbeat.channelOrigin);
    if (origin === undefined || heartbeat.bridge === "") return false;
    const { bridge, instance } = heartbeat;
    // A bridge that speaks goes to the end, so that the one silent for longest makes room.
    this.#bridges.delete(bridge);
    this.#bridges.set(bridge, { bridge, instance, origin, heardAt: now });
    const oldest = this.#bridges.keys().next().value;
    if (this.#bridges.size > this.#maxBridges && oldest !== undefined) this.#bridges.delete(oldest);
    for (const waiter of this.#waiters) if (waiter.bridge === bridge) waiter.found(origin);
    return true;
  }

  /** A `down` of an instance that was replaced meanwhile changes nothing. */
  forget(bridge: string, instance: string): void {
    if (this.#bridges.get(bridge)?.instance === instance) this.#bridges.delete(bridge);
  }

  /**
   * A silent bridge stays known: heartbeats also stop when the bus is away, and then calls go on. One that is gone
   * refuses the connection.
   */
  find(bridge: string): string | undefined {
    return this.#bridges.get(bridge)?.origin;
  }

  /** Tells the origin once it is heard. */
  await(bridge: string, found: (origin: string) => void): { close(): void } {
    const waiter = { bridge, found };
    this.#waiters.add(waiter);
    return { close: () => void this.#waiters.delete(waiter) };
  }

  get waiting(): number {
    return this.#waiters.size;
  }
}

function channelOrigin(text: string): string | undefined {
  const url = URL.parse(text.replace(/^ws/, "http"));
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const isBare =
    url.username === "" && url.password === "" && url.pathname === "/" && url.search === "" && url.hash === "";
  return isBare && url.hostname !== "" ? url.origin : undefined;
}
