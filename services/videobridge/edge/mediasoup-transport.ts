import { VecheError } from "@veche/kit/errors.ts";
import type { types } from "mediasoup";
import type { Kind, Negotiated, NegotiatedMedium } from "../domain/rtp.ts";
import type { IceCredentials } from "../domain/transport.ts";
import type {
  Consumption,
  Fingerprint,
  LocalCandidate,
  LocalTransport,
  MediaConsumer,
  MediaProducer,
  MediaTransport,
  ProducerStats,
  Production,
  TransportState,
  TransportStats,
} from "./media-engine.ts";
import type { CandidateBase } from "./mediasoup-router.ts";
import { withSsrcs } from "./mediasoup-ssrcs.ts";

/** A crowd that joins at once asks every sender for key frames; one serves all who asked within this time. */
const keyFrameRequestDelayMs = 300;

const capabilitiesOf = new WeakMap<NegotiatedMedium, types.RtpCapabilities>();

export class MediasoupTransport implements MediaTransport {
  readonly isPlain = false;
  readonly #transport: types.WebRtcTransport;
  readonly #speakers: types.ActiveSpeakerObserver;
  readonly #candidates: () => CandidateBase;
  local: LocalTransport;

  constructor(
    transport: types.WebRtcTransport,
    speakers: types.ActiveSpeakerObserver,
    candidates: () => CandidateBase,
  ) {
    this.#transport = transport;
    this.#speakers = speakers;
    this.#candidates = candidates;
    this.local = this.#describe(transport.iceParameters);
  }

  async connect(fingerprints: readonly Fingerprint[], credentials?: IceCredentials): Promise<void> {
    const certificates = fingerprints.map(({ hash, value }) => ({
      algorithm: hash as types.FingerprintAlgorithm,
      value,
    }));
    await this.#transport.connect({
      dtlsParameters: { role: "client", fingerprints: [...certificates, ...carry(credentials)] },
    });
  }

  async restartIce(): Promise<LocalTransport> {
    this.local = this.#describe(await this.#transport.restartIce());
    return this.local;
  }

  async produce(given: Production): Promise<MediaProducer> {
    return produceOn(this.#transport, this.#speakers, given);
  }

  async consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MediaConsumer> {
    return consumeOn(this.#transport, producer, receive, given);
  }

  onState(listener: (state: TransportState) => void): void {
    let last = "";
    const tell = () => {
      const state = readState(this.#transport);
      const key = JSON.stringify(state);
      if (key === last) return;
      last = key;
      listener(state);
    };
    this.#transport.on("icestatechange", tell);
    this.#transport.on("dtlsstatechange", tell);
    this.#transport.on("iceselectedtuplechange", tell);
  }

  onEstimate(listener: (estimateBps: number) => void): void {
    this.#transport.on("trace", ({ type, info }) => {
      const { availableBitrate } = info as { readonly availableBitrate?: unknown };
      if (type === "bwe" && typeof availableBitrate === "number") listener(availableBitrate);
    });
  }

  async watchEstimate(isWatched: boolean): Promise<void> {
    await this.#transport.enableTraceEvent(isWatched ? ["bwe"] : []);
  }

  async setEstimateFloor(floorBps: number): Promise<void> {
    await this.#transport.setMinOutgoingBitrate(floorBps);
  }

  async stats(): Promise<TransportStats> {
    const [stats] = await this.#transport.getStats();
    const estimateBps = stats?.availableOutgoingBitrate;
    return { ...readStats(stats), ...(estimateBps === undefined ? {} : { estimateBps }) };
  }

  close(): void {
    this.#transport.close();
  }

  #describe({ usernameFragment, password }: types.IceParameters): LocalTransport {
    const sha256 = this.#transport.dtlsParameters.fingerprints.filter(({ algorithm }) => algorithm === "sha-256");
    return {
      ufrag: usernameFragment,
      pwd: password,
      candidates: makeCandidates(this.#candidates()),
      fingerprints: sha256.map(({ algorithm, value }) => ({ hash: algorithm, value: value.toUpperCase() })),
    };
  }
}

export async function produceOn(
  transport: types.WebRtcTransport | types.PlainTransport,
  speakers: types.ActiveSpeakerObserver,
  { kind, medium, encodings, cname, isPaused }: Production,
): Promise<MediaProducer> {
  const codecs = medium.rtx ? [medium.codec, medium.rtx] : [medium.codec];
  const producer = await transport.produce({
    kind,
    paused: isPaused,
    keyFrameRequestDelay: keyFrameRequestDelayMs,
    rtpParameters: {
      codecs: codecs.map(toCodecParameters),
      headerExtensions: medium.headerExtensions.map(({ uri, id }) => ({ uri: toExtensionUri(uri), id })),
      encodings: encodings.map((encoding) => ({
        ...encoding,
        ...(encoding.rtx ? { rtx: { ...encoding.rtx } } : {}),
      })),
      rtcp: { cname, reducedSize: true },
    },
  });
  if (kind === "audio") await speakers.addProducer({ producerId: producer.id });
  return new MediasoupProducer(producer);
}

/** To an endpoint. */
export async function consumeOn(
  transport: types.WebRtcTransport | types.PlainTransport,
  producer: MediaProducer,
  receive: Negotiated,
  given: Consumption,
): Promise<MediaConsumer> {
  const { layers } = given;
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: withSsrcs(capabilitiesFor(receive, producer.kind), given),
    enableRtx: producer.kind === "video",
    ...(layers ? { preferredLayers: { spatialLayer: layers.spatial, temporalLayer: layers.temporal } } : {}),
  });
  const made = new MediasoupConsumer(consumer);
  if (made.ssrc === given.ssrc) return made;
  made.close();
  throw new VecheError("internal", "mediasoup gave a consumer other SSRCs than it was asked for");
}

/** To another bridge. `layer`: the highest simulcast layer to send; undefined: the highest there is. */
export async function crossOn(
  transport: types.PlainTransport,
  producer: MediaProducer,
  receive: Negotiated,
  layer: number | undefined,
): Promise<MediaConsumer> {
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: capabilitiesFor(receive, producer.kind),
    paused: true,
    enableRtx: producer.kind === "video",
    ...(layer === undefined ? {} : { preferredLayers: { spatialLayer: layer } }),
  });
  return new MediasoupConsumer(consumer);
}

export function readStats(stats: types.WebRtcTransportStat | types.PlainTransportStat | undefined): TransportStats {
  return {
    bytesReceived: stats?.bytesReceived ?? 0,
    rtpBytesReceived: stats?.rtpBytesReceived ?? 0,
    bytesSent: stats?.bytesSent ?? 0,
    lossReceived: stats?.rtpPacketLossReceived ?? 0,
    lossSent: stats?.rtpPacketLossSent ?? 0,
  };
}

/**
 * One socket of each protocol and family takes what comes to any address of the host, so the candidates are ours to list: UDP
 * before TCP, addresses in the order given (RFC 8445 5.1.2.1; for TCP RFC 6544 4.2).
 */
export function makeCandidates({ addresses, portsFor, portOffset }: CandidateBase): LocalCandidate[] {
  return addresses.flatMap(({ ip, udpPort, tcpPort }, index): LocalCandidate[] => [
    {
      foundation: `udp${index}`,
      protocol: "udp",
      priority: 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255,
      ip,
      port: udpPort === undefined ? portsFor(ip).udp : udpPort + portOffset,
    },
    {
      foundation: `tcp${index}`,
      protocol: "tcp",
      priority: 90 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255,
      ip,
      port: tcpPort === undefined ? portsFor(ip).tcp : tcpPort + portOffset,
    },
  ]);
}

/**
 * mediasoup has no place for a client's ICE credentials. The worker we build finds them behind the fingerprints
 * (deploy/mediasoup-worker/nomination); the worker as released reads the first fingerprint only.
 */
function carry(credentials: IceCredentials | undefined): types.DtlsFingerprint[] {
  if (credentials === undefined) return [];
  return [{ algorithm: "sha-256", value: `ice:${credentials.ufrag}:${credentials.pwd}` }];
}

function readState({ iceState, dtlsState, iceSelectedTuple }: types.WebRtcTransport): TransportState {
  const protocol = iceSelectedTuple?.protocol ?? "";
  if (dtlsState === "failed") return { isConnected: false, failure: "dtls", protocol };
  // The client has closed it in good order: that is how a page leaves, and no failure.
  if (dtlsState === "closed") return { isConnected: false, protocol };
  if (iceState === "disconnected") return { isConnected: false, failure: "ice", protocol };
  const isIceUp = iceState === "connected" || iceState === "completed";
  return { isConnected: isIceUp && dtlsState === "connected", protocol };
}

function toCodecParameters({
  mimeType,
  payloadType,
  clockRate,
  channels,
  parameters,
  rtcpFeedback,
}: {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels?: number;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly rtcpFeedback: NegotiatedMedium["codec"]["rtcpFeedback"];
}): types.RtpCodecParameters {
  return {
    mimeType: mimeType as types.RtpCodecParameters["mimeType"],
    payloadType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    parameters: { ...parameters },
    rtcpFeedback: rtcpFeedback.map((one) => ({ ...one })),
  };
}

/** mediasoup copies and checks what it is given for each consumer: it is given no more than that one needs. */
function capabilitiesFor(receive: Negotiated, kind: Kind): types.RtpCapabilities {
  const medium = receive[kind];
  if (!medium) return { codecs: [], headerExtensions: [] };
  const known = capabilitiesOf.get(medium);
  if (known) return known;
  const capabilities: types.RtpCapabilities = {
    codecs: (medium.rtx ? [medium.codec, medium.rtx] : [medium.codec]).map((codec) => {
      const { payloadType, ...rest } = toCodecParameters(codec);
      return { ...rest, kind, preferredPayloadType: payloadType };
    }),
    headerExtensions: medium.headerExtensions.map(({ uri, id }) => ({
      kind,
      uri: toExtensionUri(uri),
      preferredId: id,
    })),
  };
  capabilitiesOf.set(medium, capabilities);
  return capabilities;
}

/** Extensions come from the router's own list, so each is one that mediasoup knows. */
function toExtensionUri(uri: string): types.RtpHeaderExtensionUri {
  return uri as types.RtpHeaderExtensionUri;
}

class MediasoupProducer implements MediaProducer {
  readonly #producer: types.Producer;

  constructor(producer: types.Producer) {
    this.#producer = producer;
  }

  get id(): string {
    return this.#producer.id;
  }

  get kind(): "audio" | "video" {
    return this.#producer.kind;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    await (isPaused ? this.#producer.pause() : this.#producer.resume());
  }

  async stats(): Promise<ProducerStats> {
    const streams = await this.#producer.getStats();
    const trips = streams.flatMap(({ roundTripTime }) => (roundTripTime ? [roundTripTime] : []));
    return {
      packets: streams.reduce((sum, { packetCount }) => sum + packetCount, 0),
      roundTripMs: trips.length > 0 ? Math.max(...trips) : undefined,
      bitrates: this.#readBitrates(streams),
    };
  }

  close(): void {
    this.#producer.close();
  }

  /** Simulcast has a stream for each size, told apart by SSRC; all sizes of scalable video are in one. */
  #readBitrates(streams: readonly types.ProducerStat[]): number[][] {
    const encodings = this.#producer.rtpParameters.encodings ?? [];
    return encodings.flatMap(({ ssrc }) => {
      const stream = streams.find((one) => one.ssrc === ssrc);
      if (!stream) return [[0]];
      const sizes: number[][] = [];
      for (const [layer, bitrate] of Object.entries(stream.bitrateByLayer)) {
        const [spatial = 0, temporal = 0] = layer.split(".").map(Number);
        const rates = sizes[spatial] ?? [];
        sizes[spatial] = rates;
        rates[temporal] = bitrate;
      }
      return sizes.length > 0 ? sizes : [[stream.bitrate]];
    });
  }
}

function isLower(now: types.ConsumerLayers | undefined, before: types.ConsumerLayers | undefined): boolean {
  if (!now || !before) return before !== undefined;
  if (now.spatialLayer !== before.spatialLayer) return now.spatialLayer < before.spatialLayer;
  return (now.temporalLayer ?? 0) < (before.temporalLayer ?? 0);
}

class MediasoupConsumer implements MediaConsumer {
  readonly #consumer: types.Consumer;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;

  constructor(consumer: types.Consumer) {
    this.#consumer = consumer;
    const [encoding] = consumer.rtpParameters.encodings ?? [];
    this.ssrc = encoding?.ssrc as number;
    this.rtxSsrc = encoding?.rtx?.ssrc;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    await (isPaused ? this.#consumer.pause() : this.#consumer.resume());
  }

  async setLayers(spatialLayer: number, temporalLayer: number): Promise<void> {
    if (this.#consumer.type !== "simulcast" && this.#consumer.type !== "svc") return;
    await this.#consumer.setPreferredLayers({ spatialLayer, temporalLayer });
  }

  async setPriority(priority: number): Promise<void> {
    await this.#consumer.setPriority(priority);
  }

  onFlow(listener: (isFlowing: boolean) => void): void {
    this.#consumer.on("layerschange", (layers) => listener(layers !== undefined));
  }

  onTrouble(listener: () => void): void {
    let { score } = this.#consumer.score;
    let layers = this.#consumer.currentLayers;
    this.#consumer.on("score", (now) => {
      if (now.score < score) listener();
      score = now.score;
    });
    this.#consumer.on("layerschange", (now) => {
      if (isLower(now, layers)) listener();
      layers = now;
    });
  }

  close(): void {
    this.#consumer.close();
  }
}
