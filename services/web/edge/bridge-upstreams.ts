import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { needsTls } from "@veche/kit/private-tls/target.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { BridgeDirectory } from "../domain/bridge-directory.ts";
import type { Limits } from "../limits.ts";
import type { WebMetrics } from "../metrics.ts";
import { Upstream } from "./upstream.ts";

type Edges = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: WebMetrics;
  readonly limits: Limits;
  readonly tls: PrivateTls | undefined;
  /** Where this process is: from other hosts a bridge's channel should come by TLS. */
  readonly hostId: string;
};

type Beat = {
  readonly bridge: string;
  readonly instance: string;
  readonly channelOrigin: string;
  readonly hostId: string;
};

/** Finds the bridge of a channel's address among those heard on the bus. */
export class BridgeUpstreams {
  readonly #directory: BridgeDirectory;
  readonly #edges: Edges;
  /** The last one that was told of each, so that every client that tries is no line of its own. */
  readonly #problems = new Map<string, string>();
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
        this.#problems.delete(bridge);
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
    return new Upstream({
      name: "bridge",
      role: "videobridge",
      tls: this.#edges.tls,
      origin,
      clock: this.#edges.clock,
      waitMs: 0,
      onProblem: (problem) => this.#tellProblem(bridge, problem),
    });
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

  #hear(beat: Beat): void {
    const { log, clock, metrics } = this.#edges;
    const before = this.#directory.find(beat.bridge);
    if (!this.#directory.hear(beat, clock.now())) {
      log.debug({ bridge: beat.bridge }, "heartbeat without a usable channel origin");
      return;
    }
    metrics.bridges.set(this.#directory.size);
    const origin = this.#directory.find(beat.bridge);
    if (origin === undefined || origin === before) return;
    this.#problems.delete(beat.bridge);
    log.info({ bridge: beat.bridge, origin }, "bridge heard");
    this.#lookAtWay(beat, origin);
  }

  #tellProblem(bridge: string, problem: string | undefined): void {
    if (problem === undefined || this.#problems.get(bridge) === problem) return;
    this.#problems.set(bridge, problem);
    this.#edges.log.warn({ bridge, problem }, "bridge can't be reached");
  }

  /** Whoever looks why nobody gets a picture from another host finds it here. */
  #lookAtWay({ bridge, hostId }: Beat, origin: string): void {
    const { log, tls } = this.#edges;
    if (origin.startsWith("https:")) {
      if (tls === undefined) log.warn({ bridge, problem: needsTls(origin) }, "bridge can't be reached");
    } else if (hostId !== this.#edges.hostId) {
      log.warn({ bridge, origin, hostId }, "a bridge of another host is reached without TLS");
    }
  }
}
