import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { Bridge } from "../conference/bridge.ts";
import type { Measurements } from "../conference/measurements.ts";
import type { MediaEngine } from "./media-engine.ts";
import type { Warnings } from "./warnings.ts";

const heartbeatPeriodMs = 1_000;
/** The bucket's values live for 15 s. */
const storePeriodBeats = 5;

export type BridgeIdentity = {
  readonly bridge: string;
  readonly instance: string;
  readonly region: string;
  readonly version: string;
  readonly hostId: string;
  /** Looked up at each heartbeat: a host may get another address. */
  readonly channelOrigin: () => string;
  /** Where other bridges' relays reach it. */
  readonly relayAddress: () => string;
};

export type HeartbeatEdges = {
  readonly bus: Bus;
  readonly identity: BridgeIdentity;
  readonly bridge: Bridge;
  readonly engine: MediaEngine;
  readonly measurements: Measurements;
  readonly warnings: Pick<Warnings, "texts">;
  readonly clock: Clock;
  readonly log: Log;
  readonly bucket: () => Promise<Bucket<typeof BridgeHeartbeatSchema>>;
};

/** Tells the focuses and the web role that this bridge is there, and how it is. */
export class Heartbeats {
  readonly #given: HeartbeatEdges;
  #timer: Timer | undefined;
  #beats = 0;
  #bucket: Bucket<typeof BridgeHeartbeatSchema> | undefined;
  #isStoring = false;
  #isDown = false;

  constructor(given: HeartbeatEdges) {
    this.#given = given;
  }

  start(): void {
    this.beat();
    this.#timer = this.#given.clock.every(heartbeatPeriodMs, () => this.beat());
  }

  /** Also between the regular ones, when the bridge changes state. */
  beat(): void {
    if (this.#isDown) return;
    const { bus, identity } = this.#given;
    bus.publish(subjects.heartbeat, { bridge: identity.bridge }, this.state());
    if (this.#beats % storePeriodBeats === 0) void this.#store();
    this.#beats += 1;
  }

  state() {
    const { identity, bridge, engine, measurements, warnings } = this.#given;
    const { cpuFraction, packetsPerSecond, bitsPerSecond } = measurements.latest;
    return {
      ...identity,
      channelOrigin: identity.channelOrigin(),
      relayAddress: identity.relayAddress(),
      healthy: engine.problem === undefined,
      draining: bridge.isDraining,
      stress: bridge.stress,
      endpoints: bridge.endpointCount,
      conferences: bridge.conferences.size,
      cpuFraction,
      packetsPerSecond,
      bitsPerSecond,
      addresses: [...engine.addresses()],
      warnings: [...warnings.texts],
    };
  }

  /** Says that it goes on purpose. */
  async stop(): Promise<void> {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#timer?.cancel();
    const { bus, identity, log } = this.#given;
    const { bridge, instance } = identity;
    bus.publish(subjects.down, { bridge }, { bridge, instance });
    try {
      if (bus.isConnected) await this.#bucket?.delete(bridge);
    } catch (error) {
      log.debug({ err: error }, "the bridge's entry was left to expire");
    }
  }

  async #store(): Promise<void> {
    const { bus, identity, bucket, log } = this.#given;
    if (this.#isStoring || !bus.isConnected) return;
    this.#isStoring = true;
    try {
      this.#bucket ??= await bucket();
      if (!this.#isDown) await this.#bucket.put(identity.bridge, this.state());
    } catch (error) {
      log.debug({ err: error }, "the bridge's entry was not stored");
    } finally {
      this.#isStoring = false;
    }
  }
}
