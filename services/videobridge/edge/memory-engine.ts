import type { Kind, Negotiated, RouterCapabilities } from "../domain/rtp.ts";
import { defaultVideoCodec, type VideoCodec } from "../domain/video-codec.ts";
import type {
  Consumption,
  Fingerprint,
  LocalTransport,
  MediaConsumer,
  MediaEngine,
  MediaProducer,
  MediaRouter,
  MediaTransport,
  Production,
  TransportState,
  TransportStats,
} from "./media-engine.ts";
import { memoryCapabilitiesOf } from "./memory-capabilities.ts";
import { MemoryRelay } from "./memory-relay.ts";

/**
 * The media engine's twin: no media, all of its rules. A transport is connected as soon as `connect` was called, unless
 * a test says otherwise. Like the real worker, it dies of an empty list of fingerprints and of an SSRC used twice.
 */
export class MemoryEngine implements MediaEngine {
  readonly workers = 1;
  readonly localUdpPort = 10_000;
  readonly routers = new Set<MemoryRouter>();
  problem: string | undefined;
  connectsAtOnce = true;
  #nextSsrc = 100_000_001;

  addresses(): readonly string[] {
    return ["127.0.0.1:10000/udp", "127.0.0.1:4443/tcp"];
  }

  async openRouter(videoCodec: VideoCodec = defaultVideoCodec): Promise<MemoryRouter> {
    const router = new MemoryRouter(this, videoCodec);
    this.routers.add(router);
    return router;
  }

  async usage() {
    return { workerCpuMs: [0] };
  }

  /** Kills the worker. */
  die(reason = "killed"): void {
    const lost = [...this.routers];
    this.routers.clear();
    for (const router of lost) router.lose(reason);
  }

  nextSsrc(): number {
    this.#nextSsrc += 10;
    return this.#nextSsrc;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.routers.clear();
  }
}

export class MemoryRouter implements MediaRouter {
  readonly engine: MemoryEngine;
  readonly videoCodec: VideoCodec;
  readonly capabilities: RouterCapabilities;
  readonly transports = new Set<MemoryTransport>();
  readonly plains = new Set<MemoryRelay>();
  readonly relays = new Set<MemoryRelay>();
  readonly #speakerListeners: ((producerId: string) => void)[] = [];
  readonly #lostListeners: ((reason: string) => void)[] = [];
  isClosed = false;

  constructor(engine: MemoryEngine, videoCodec: VideoCodec) {
    this.engine = engine;
    this.videoCodec = videoCodec;
    this.capabilities = memoryCapabilitiesOf(videoCodec);
  }

  async createTransport(): Promise<MemoryTransport> {
    failIfClosed(this.isClosed, "router");
    const transport = new MemoryTransport(this, this.transports.size);
    this.transports.add(transport);
    return transport;
  }

  async createPlain(): Promise<MemoryRelay> {
    failIfClosed(this.isClosed, "router");
    const plain = new MemoryRelay(this);
    this.plains.add(plain);
    return plain;
  }

  async createRelay(): Promise<MemoryRelay> {
    failIfClosed(this.isClosed, "router");
    const relay = new MemoryRelay(this);
    this.relays.add(relay);
    return relay;
  }

  onDominantSpeaker(listener: (producerId: string) => void): void {
    this.#speakerListeners.push(listener);
  }

  speak(producerId: string): void {
    for (const listener of this.#speakerListeners) listener(producerId);
  }

  onLost(listener: (reason: string) => void): void {
    this.#lostListeners.push(listener);
  }

  lose(reason: string): void {
    this.close();
    for (const listener of this.#lostListeners) listener(reason);
  }

  close(): void {
    this.isClosed = true;
    this.engine.routers.delete(this);
    for (const transport of [...this.transports, ...this.plains, ...this.relays]) transport.close();
  }
}

/** Whatever producers come by and consumers go by. */
export type MemoryEnd = {
  readonly router: MemoryRouter;
  readonly producers: Set<MemoryProducer>;
  readonly consumers: Set<MemoryConsumer>;
};

export const nothingCame: TransportStats = {
  bytesReceived: 0,
  rtpBytesReceived: 0,
  bytesSent: 0,
  lossReceived: 0,
  lossSent: 0,
};

/** An SSRC used twice kills the worker. */
export function consumeOn(
  end: MemoryEnd,
  producer: MediaProducer,
  receive: Negotiated,
  given: Consumption,
): MemoryConsumer {
  if (!(producer instanceof MemoryProducer) || producer.isClosed) throw new Error("no such producer");
  if (!receive[producer.kind]) throw new Error("no compatible media codecs");
  const present = new Set([...end.consumers].flatMap(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]));
  if (present.has(given.ssrc)) end.router.engine.die("SSRC used twice");
  const consumer = new MemoryConsumer(end, producer, given);
  consumer.isPaused = false;
  if (given.layers) consumer.layers = [given.layers.spatial, given.layers.temporal];
  end.consumers.add(consumer);
  return consumer;
}

export class MemoryTransport implements MediaTransport {
  readonly isPlain = false;
  readonly router: MemoryRouter;
  readonly producers = new Set<MemoryProducer>();
  readonly consumers = new Set<MemoryConsumer>();
  local: LocalTransport;
  fingerprints: readonly Fingerprint[] | undefined;
  received: TransportStats = nothingCame;
  isClosed = false;
  isWatched = true;
  floorBps = 0;
  #restarts = 0;
  readonly #number: number;
  readonly #stateListeners: ((state: TransportState) => void)[] = [];
  readonly #estimateListeners: ((estimateBps: number) => void)[] = [];

  constructor(router: MemoryRouter, number: number) {
    this.router = router;
    this.#number = number;
    this.local = this.#describe();
  }

  async connect(fingerprints: readonly Fingerprint[]): Promise<void> {
    failIfClosed(this.isClosed, "transport");
    if (fingerprints.length === 0) this.router.engine.die("empty list of fingerprints");
    if (this.fingerprints) throw new Error("connect() already called");
    this.fingerprints = fingerprints;
    if (this.router.engine.connectsAtOnce) this.tell({ isConnected: true, protocol: "udp" });
  }

  tell(state: TransportState): void {
    for (const listener of this.#stateListeners) listener(state);
  }

  async restartIce(): Promise<LocalTransport> {
    failIfClosed(this.isClosed, "transport");
    this.#restarts += 1;
    this.local = this.#describe();
    return this.local;
  }

  async produce(given: Production): Promise<MemoryProducer> {
    failIfClosed(this.isClosed, "transport");
    const present = new Set([...this.producers].flatMap((one) => one.given.encodings.map(({ ssrc }) => ssrc)));
    if (given.encodings.some(({ ssrc }) => present.has(ssrc))) this.router.engine.die("SSRC used twice");
    const producer = new MemoryProducer(this, given);
    this.producers.add(producer);
    return producer;
  }

  async consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MemoryConsumer> {
    failIfClosed(this.isClosed, "transport");
    return consumeOn(this, producer, receive, given);
  }

  onState(listener: (state: TransportState) => void): void {
    this.#stateListeners.push(listener);
  }

  onEstimate(listener: (estimateBps: number) => void): void {
    this.#estimateListeners.push(listener);
  }

  async watchEstimate(isWatched: boolean): Promise<void> {
    failIfClosed(this.isClosed, "transport");
    this.isWatched = isWatched;
  }

  estimate(estimateBps: number): void {
    this.received = { ...this.received, estimateBps };
    if (this.isWatched) for (const listener of this.#estimateListeners) listener(estimateBps);
  }

  async setEstimateFloor(floorBps: number): Promise<void> {
    failIfClosed(this.isClosed, "transport");
    this.floorBps = floorBps;
  }

  async stats(): Promise<TransportStats> {
    failIfClosed(this.isClosed, "transport");
    return this.received;
  }

  close(): void {
    this.isClosed = true;
    this.router.transports.delete(this);
    for (const producer of this.producers) producer.close();
    for (const consumer of this.consumers) consumer.close();
  }

  #describe(): LocalTransport {
    return {
      ufrag: `u${this.#number}r${this.#restarts}`,
      pwd: `p${this.#number}r${this.#restarts}`,
      candidates: [{ foundation: "udp0", protocol: "udp", priority: 1, ip: "127.0.0.1", port: 10_000 }],
      fingerprints: [{ hash: "sha-256", value: "AA:BB" }],
    };
  }
}

export class MemoryProducer implements MediaProducer {
  readonly id: string;
  readonly transport: MemoryEnd;
  readonly given: Production;
  packets = 0;
  /** What a test says that flows. */
  bitrates: readonly (readonly number[])[] = [];
  isPaused: boolean;
  isClosed = false;

  constructor(transport: MemoryEnd, given: Production) {
    this.transport = transport;
    this.given = given;
    this.isPaused = given.isPaused;
    this.id = `producer-${transport.router.engine.nextSsrc()}`;
  }

  get kind(): Kind {
    return this.given.kind;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    failIfClosed(this.isClosed, "producer");
    this.isPaused = isPaused;
  }

  async stats() {
    failIfClosed(this.isClosed, "producer");
    return { packets: this.packets, roundTripMs: undefined, bitrates: this.bitrates };
  }

  close(): void {
    this.isClosed = true;
    this.transport.producers.delete(this);
  }
}

export class MemoryConsumer implements MediaConsumer {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly transport: MemoryEnd;
  readonly producer: MemoryProducer;
  isPaused = true;
  layers: readonly [spatial: number, temporal: number] | undefined;
  priority = 1;
  isClosed = false;
  readonly #flowListeners: ((isFlowing: boolean) => void)[] = [];
  readonly #troubleListeners: (() => void)[] = [];

  constructor(transport: MemoryEnd, producer: MemoryProducer, { ssrc, rtxSsrc }: Consumption) {
    this.transport = transport;
    this.producer = producer;
    this.ssrc = ssrc;
    this.rtxSsrc = rtxSsrc;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    failIfClosed(this.isClosed, "consumer");
    this.isPaused = isPaused;
  }

  async setLayers(spatial: number, temporal: number): Promise<void> {
    failIfClosed(this.isClosed, "consumer");
    this.layers = [spatial, temporal];
  }

  async setPriority(priority: number): Promise<void> {
    failIfClosed(this.isClosed, "consumer");
    this.priority = priority;
  }

  onFlow(listener: (isFlowing: boolean) => void): void {
    this.#flowListeners.push(listener);
  }

  flow(isFlowing: boolean): void {
    for (const listener of this.#flowListeners) listener(isFlowing);
  }

  onTrouble(listener: () => void): void {
    this.#troubleListeners.push(listener);
  }

  miss(): void {
    for (const listener of this.#troubleListeners) listener();
  }

  close(): void {
    this.isClosed = true;
    this.transport.consumers.delete(this);
  }
}

export function failIfClosed(isClosed: boolean, what: string): void {
  if (isClosed) throw new Error(`the ${what} is closed`);
}
