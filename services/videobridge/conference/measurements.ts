import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { clientPatience, gatewayPatience, observeReception } from "../domain/connectivity.ts";
import { isExpired } from "../domain/expiry.ts";
import { judgeSender, type SenderConduct } from "../domain/sender-conduct.ts";
import { stressOf } from "../domain/stress.ts";
import type { MediaEngine } from "../edge/media-engine.ts";
import type { BridgeEvents } from "../events.ts";
import type { BridgeMetrics } from "../metrics.ts";
import { type RelayFlow, RelayTraffic } from "../relay/traffic.ts";
import type { Bridge } from "./bridge.ts";
import type { Conference } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";
import { lookAtRemote, mostForwarded, noteFlow } from "./flows.ts";
import type { BridgeRules } from "./rules.ts";

/** Each endpoint is a few requests to its worker: often enough to see silence of 8 s, seldom enough to cost nothing. */
const periodMs = 2_000;
/** Whoever sends nothing, is heard of and whose line carries all is passed over so many times in a row. */
const passedOver = 2;
/** Looked at together: Node and the worker then wake each other less often. */
const batchSize = 25;
/** An RTP packet on average, where nothing was counted yet. */
const usualPacketBytes = 800;

export type Measured = {
  readonly cpuFraction: number;
  readonly packetsPerSecond: number;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  readonly bitsPerSecond: number;
  readonly bitsInPerSecond: number;
  readonly bitsOutPerSecond: number;
  readonly totalBytesIn: number;
  readonly totalBytesOut: number;
  readonly totalPacketsIn: number;
  readonly lossIn: number;
  readonly lossOut: number;
  readonly roundTripMs: number;
  readonly relayBitsInPerSecond: number;
  readonly relayBitsOutPerSecond: number;
};

type Seen = {
  readonly at: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packets: number;
  readonly conduct: SenderConduct;
  readonly flow: Flow;
  /** Since the last look: how often it was passed over, and what was taken to have flowed meanwhile. */
  readonly passed: number;
  readonly assumedIn: number;
  readonly assumedOut: number;
};

type Flow = {
  readonly lastedMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly packets: number;
  readonly lossIn: number;
  readonly lossOut: number;
  readonly trips: readonly number[];
  readonly layeringChanges: number;
};

const nothing: Measured = {
  cpuFraction: 0,
  packetsPerSecond: 0,
  packetsInPerSecond: 0,
  packetsOutPerSecond: 0,
  bitsPerSecond: 0,
  bitsInPerSecond: 0,
  bitsOutPerSecond: 0,
  totalBytesIn: 0,
  totalBytesOut: 0,
  totalPacketsIn: 0,
  lossIn: 0,
  lossOut: 0,
  roundTripMs: 0,
  relayBitsInPerSecond: 0,
  relayBitsOutPerSecond: 0,
};

export type MeasuringEdges = {
  readonly bridge: Bridge;
  readonly engine: MediaEngine;
  readonly events: BridgeEvents;
  readonly metrics: BridgeMetrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: BridgeRules;
  /** CPU time of this process in ms. */
  readonly nodeCpuMs: () => number;
};

/** Looks at every endpoint now and then: who fell silent, who sends too much, who is gone, and how loaded all is. */
export class Measurements {
  latest: Measured = nothing;
  readonly relayTraffic = new RelayTraffic();
  readonly #given: MeasuringEdges;
  readonly #seen = new WeakMap<Endpoint, Seen>();
  #timer: Timer | undefined;
  #isLooking = false;
  #before: { readonly at: number; readonly workerCpuMs: readonly number[]; readonly nodeCpuMs: number } | undefined;

  constructor(given: MeasuringEdges) {
    this.#given = given;
  }

  start(): void {
    this.#timer = this.#given.clock.every(periodMs, () => void this.look());
  }

  close(): void {
    this.#timer?.cancel();
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAtAll();
    } catch (error) {
      this.#given.log.warn({ err: error }, "measuring failed");
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAtAll(): Promise<void> {
    const { bridge, engine, clock, nodeCpuMs, metrics } = this.#given;
    const { workerCpuMs } = await engine.usage();
    const now = clock.now();
    const usage = { at: now, workerCpuMs, nodeCpuMs: nodeCpuMs() };
    const elapsedMs = Math.max(1, now - (this.#before?.at ?? now - periodMs));
    const sum = { bytesIn: 0, bytesOut: 0, packetsIn: 0, lossIn: 0, lossOut: 0, trips: [] as number[], count: 0 };
    const relayed = { bytesIn: 0, bytesOut: 0 };
    for (const conference of [...bridge.conferences.values()]) {
      let layeringChanges = await lookAtRemote(conference);
      for (const flow of await this.#lookAtEach(conference, now, elapsedMs)) {
        sum.bytesIn += flow.bytesIn;
        sum.bytesOut += flow.bytesOut;
        sum.packetsIn += flow.packets;
        sum.lossIn += flow.lossIn;
        sum.lossOut += flow.lossOut;
        sum.trips.push(...flow.trips);
        sum.count += 1;
        layeringChanges += flow.layeringChanges;
      }
      const crossed = await this.relayTraffic.look(conference);
      relayed.bytesIn += crossed.bytesIn;
      relayed.bytesOut += crossed.bytesOut;
      if (layeringChanges > 0) conference.refreshAll();
      this.#given.events.layeringChanged(layeringChanges);
      const { emptySince, endpoints, id } = conference;
      if (isExpired({ type: "conference", endpoints: endpoints.size, emptySince }, now)) bridge.expire(id, "empty");
    }
    const worker = this.#before ? busiest(this.#before.workerCpuMs, workerCpuMs, elapsedMs) : 0;
    const node = this.#before ? Math.max(0, usage.nodeCpuMs - this.#before.nodeCpuMs) / elapsedMs : 0;
    this.#before = usage;
    this.#sumUp({ ...sum, relayed }, elapsedMs, worker + node);
    this.#given.events.relaysUnanswered(this.relayTraffic.unanswered);
    bridge.stress = stressOf({
      workerCpuFraction: worker,
      nodeCpuFraction: node,
      packetsPerSecond: this.latest.packetsPerSecond,
      workers: engine.workers,
    });
    this.#reduceLoad(now);
    metrics.stress.set(bridge.stress);
    metrics.conferences.set(bridge.conferences.size);
    metrics.endpoints.set(bridge.endpointCount);
  }

  #reduceLoad(now: number): void {
    const { bridge, rules, log } = this.#given;
    const conferences = [...bridge.conferences.values()];
    if (!rules.observeLoad(bridge.stress, mostForwarded(conferences), now)) return;
    log.warn({ stress: bridge.stress, lastN: rules.lastN }, "what everybody may get changed with the load");
    for (const conference of conferences) conference.refreshAll();
  }

  #sumUp(
    sum: {
      bytesIn: number;
      bytesOut: number;
      packetsIn: number;
      lossIn: number;
      lossOut: number;
      trips: number[];
      count: number;
      relayed: RelayFlow;
    },
    elapsedMs: number,
    cpuFraction: number,
  ): void {
    const perSecond = (amount: number) => Math.round((amount * 1000) / elapsedMs);
    const packetBytes = sum.packetsIn > 0 ? sum.bytesIn / sum.packetsIn : usualPacketBytes;
    const packetsInPerSecond = perSecond(sum.packetsIn);
    // Counting packets out would take a request for each pair of endpoints: they are as large as those that come in.
    const packetsOutPerSecond = perSecond(sum.bytesOut / Math.max(1, packetBytes));
    const [bitsIn, bitsOut] = [perSecond(sum.bytesIn * 8), perSecond(sum.bytesOut * 8)];
    const [relayBitsIn, relayBitsOut] = [perSecond(sum.relayed.bytesIn * 8), perSecond(sum.relayed.bytesOut * 8)];
    const relayPackets = perSecond((sum.relayed.bytesIn + sum.relayed.bytesOut) / Math.max(1, packetBytes));
    this.latest = {
      cpuFraction,
      packetsPerSecond: packetsInPerSecond + packetsOutPerSecond + relayPackets,
      packetsInPerSecond,
      packetsOutPerSecond,
      bitsPerSecond: bitsIn + bitsOut + relayBitsIn + relayBitsOut,
      bitsInPerSecond: bitsIn,
      bitsOutPerSecond: bitsOut,
      totalBytesIn: this.latest.totalBytesIn + sum.bytesIn,
      totalBytesOut: this.latest.totalBytesOut + sum.bytesOut,
      totalPacketsIn: this.latest.totalPacketsIn + sum.packetsIn,
      lossIn: sum.count > 0 ? sum.lossIn / sum.count : 0,
      lossOut: sum.count > 0 ? sum.lossOut / sum.count : 0,
      roundTripMs: sum.trips.length > 0 ? sum.trips.reduce((a, b) => a + b, 0) / sum.trips.length : 0,
      relayBitsInPerSecond: relayBitsIn,
      relayBitsOutPerSecond: relayBitsOut,
    };
    const { metrics } = this.#given;
    metrics.packets.set({ direction: "in" }, packetsInPerSecond);
    metrics.packets.set({ direction: "out" }, packetsOutPerSecond);
    metrics.bits.set({ direction: "in" }, bitsIn);
    metrics.bits.set({ direction: "out" }, bitsOut);
  }

  async #lookAtEach(conference: Conference, now: number, elapsedMs: number): Promise<Flow[]> {
    const flows: (Flow | undefined)[] = [];
    const endpoints = [...conference.endpoints.values()];
    for (let first = 0; first < endpoints.length; first += batchSize) {
      const looks = endpoints
        .slice(first, first + batchSize)
        .map((endpoint) => this.#passOver(endpoint, elapsedMs) ?? this.#lookAt(conference, endpoint, now));
      flows.push(...(await Promise.all(looks)));
    }
    return flows.filter((flow) => flow !== undefined);
  }

  /** Who only watches, and was heard of at the last look, is taken to go on as it did. */
  #passOver(endpoint: Endpoint, elapsedMs: number): Flow | undefined {
    const seen = this.#seen.get(endpoint);
    if (!seen || endpoint.sent.size > 0 || seen.passed >= passedOver) return undefined;
    if (seen.flow.bytesIn === 0 || seen.conduct !== "good" || endpoint.isWatched) return undefined;
    const share = elapsedMs / Math.max(1, seen.flow.lastedMs);
    const flow = {
      ...seen.flow,
      bytesIn: Math.round(seen.flow.bytesIn * share),
      bytesOut: Math.round(seen.flow.bytesOut * share),
      packets: 0,
      layeringChanges: 0,
    };
    this.#seen.set(endpoint, {
      ...seen,
      passed: seen.passed + 1,
      assumedIn: seen.assumedIn + flow.bytesIn,
      assumedOut: seen.assumedOut + flow.bytesOut,
    });
    return flow;
  }

  /** What flowed since the last look and was not taken to flow already; undefined where it ended meanwhile. */
  async #lookAt(conference: Conference, endpoint: Endpoint, now: number): Promise<Flow | undefined> {
    const read = await readEndpoint(endpoint);
    if (!read || conference.endpoints.get(endpoint.id) !== endpoint) return undefined;
    const { stats, packets, trips, layeringChanges } = read;
    // Anybody may send to a plain transport's port: only what is let in is the endpoint's doing.
    const bytesReceived = endpoint.transport.isPlain ? stats.rtpBytesReceived : stats.bytesReceived;
    const seen = this.#seen.get(endpoint) ?? unseen(now);
    const lastedMs = Math.max(1, now - seen.at);
    const flow = {
      lastedMs,
      bytesIn: Math.max(0, bytesReceived - seen.bytesIn),
      bytesOut: Math.max(0, stats.bytesSent - seen.bytesOut),
      packets: Math.max(0, packets - seen.packets),
      lossIn: stats.lossReceived,
      lossOut: stats.lossSent,
      trips,
      layeringChanges,
    };
    this.#observeReception(conference, endpoint, stats.bytesReceived, now);
    const conduct = this.#judge(conference, endpoint, seen.conduct, {
      bitsPerSecond: (flow.bytesIn * 8000) / lastedMs,
      packetsPerSecond: (flow.packets * 1000) / lastedMs,
    });
    endpoint.downlink.line.noteSent((flow.bytesOut * 8000) / lastedMs, now);
    if (stats.estimateBps !== undefined) conference.watching.hear(endpoint, stats.estimateBps);
    const counted = { bytesIn: bytesReceived, bytesOut: stats.bytesSent, packets };
    const nothingAssumed = { passed: 0, assumedIn: 0, assumedOut: 0 };
    this.#seen.set(endpoint, { at: now, ...counted, conduct, flow, ...nothingAssumed });
    if (flow.bytesIn > 0 || endpoint.channel || endpoint.reception?.lastReceivedAt === now) endpoint.seenAt = now;
    if (isExpired({ type: "endpoint", seenAt: endpoint.seenAt }, now))
      void conference.expire(endpoint.id, "not seen for too long");
    return {
      ...flow,
      bytesIn: Math.max(0, flow.bytesIn - seen.assumedIn),
      bytesOut: Math.max(0, flow.bytesOut - seen.assumedOut),
    };
  }

  #observeReception(conference: Conference, endpoint: Endpoint, bytesReceived: number, now: number): void {
    if (!endpoint.reception) return;
    const { isPlain } = endpoint.transport;
    const wasActive = endpoint.reception.isActive;
    const patience = isPlain ? gatewayPatience : clientPatience;
    endpoint.reception = observeReception(endpoint.reception, bytesReceived, now, patience);
    const { isActive } = endpoint.reception;
    if (isActive === wasActive) return;
    if (isPlain) conference.notePlainFlow(endpoint, isActive);
    else conference.channels.tellConnectivity(endpoint, isActive);
  }

  #judge(
    conference: Conference,
    endpoint: Endpoint,
    before: SenderConduct,
    load: { readonly bitsPerSecond: number; readonly packetsPerSecond: number },
  ): SenderConduct {
    const conduct = judgeSender(before, load);
    const isHeldBack = conduct === "held-back" || conduct === "calming";
    if (isHeldBack !== endpoint.isHeldBack) {
      this.#given.events.senderHeldBack(conference.id, endpoint.id, isHeldBack, load);
      conference
        .holdBack(endpoint, isHeldBack)
        .catch((error) => this.#given.log.debug({ err: error }, "holding back failed"));
    }
    return conduct;
  }
}

function unseen(now: number): Seen {
  const flow = { lastedMs: periodMs, bytesIn: 0, bytesOut: 0, packets: 0, lossIn: 0, lossOut: 0 };
  return {
    ...{ at: now - periodMs, bytesIn: 0, bytesOut: 0, packets: 0, conduct: "good" },
    flow: { ...flow, trips: [], layeringChanges: 0 },
    ...{ passed: 0, assumedIn: 0, assumedOut: 0 },
  };
}

async function readEndpoint({ transport, sent }: Endpoint) {
  try {
    const sendings = [...sent.values()];
    const [stats, producers] = await Promise.all([
      transport.stats(),
      Promise.all(sendings.map(({ producer }) => producer.stats())),
    ]);
    const changed = producers.filter((one, index) => sendings[index] && noteFlow(sendings[index], one));
    return {
      stats,
      packets: producers.reduce((sum, producer) => sum + producer.packets, 0),
      layeringChanges: changed.length,
      trips: producers.flatMap(({ roundTripMs }) => (roundTripMs === undefined ? [] : [roundTripMs])),
    };
  } catch {
    return undefined;
  }
}

function busiest(before: readonly number[], now: readonly number[], elapsedMs: number): number {
  return Math.max(0, ...now.map((cpuMs, index) => (cpuMs - (before[index] ?? cpuMs)) / elapsedMs));
}
