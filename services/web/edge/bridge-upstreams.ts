import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { BridgeDirectory } from "../domain/bridge-directory.ts";
import type { Limits } from "../limits.ts";
import type { WebMetrics } from "../metrics.ts";
import { Upstream } from "./upstream.ts";

type Edges = { readonly clock: Clock; readonly log: Log; readonly metrics: WebMetrics; readonly limits: Limits };

/** Finds the bridge of a channel's address among those heard on the bus. */
export class BridgeUpstreams {
  readonly #directory: BridgeDirectory;
  readonly #edges: Edges;
  #bus: Bus | undefined;

  constructor(edges: Edges) {
    this.#edges = edges;
    this.#directory = new BridgeDirectory(edges.limits.bridges);
  }

  /** The bus may be there later than the pages. */
  listen(bus: Bus): Disposable {
    this.#bus = bus;
    const subscriptions = [
      bus.subscribe(subjects.heartbeat, (beat) => this.#hear(beat)),
      bus.subscribe(subjects.down, ({ bridge, instance }) => {
        this.#directory.forget(bridge, instance);
        this.#edges.metrics.bridges.set(this.#directory.size);
      }),
    ];
    return {
      [Symbol.dispose]: () => {
        for (const subscription of subscriptions) subscription.close();
      },
    };
  }

  /** While the bus is away nobody can say that a bridge does not exist. */
  get isHeard(): boolean {
    return this.#bus?.isConnected ?? false;
  }

  /** A client may know a bridge before its first heartbeat got here: one is said each second. */
  async find(bridge: string): Promise<Upstream | undefined> {
    const origin = this.#directory.find(bridge) ?? (await this.#await(bridge));
    if (origin === undefined) return undefined;
    return new Upstream({ name: "bridge", origin, clock: this.#edges.clock, waitMs: 0 });
  }

  #await(bridge: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const end = (origin: string | undefined) => {
        timer.cancel();
        waiter.close();
        resolve(origin);
      };
      const timer = this.#edges.clock.after(this.#edges.limits.bridgeWaitMs, () => end(undefined));
      const waiter = this.#directory.await(bridge, end);
    });
  }

  #hear(beat: { bridge: string; instance: string; channelOrigin: string }): void {
    const { log, clock, metrics } = this.#edges;
    const isNew = this.#directory.find(beat.bridge) === undefined;
    if (!this.#directory.hear(beat, clock.now())) {
      log.debug({ bridge: beat.bridge }, "heartbeat without a usable channel origin");
      return;
    }
    metrics.bridges.set(this.#directory.size);
    if (isNew) log.info({ bridge: beat.bridge, origin: beat.channelOrigin }, "bridge heard");
  }
}
