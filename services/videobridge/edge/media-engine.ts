import type { Encoding, Kind, Negotiated, NegotiatedMedium, RouterCapabilities } from "../domain/rtp.ts";
import type { IceCredentials } from "../domain/transport.ts";
import type { VideoCodec } from "../domain/video-codec.ts";

/**
 * What the bridge needs of a media engine. Two implementations: mediasoup's workers (mediasoup-engine.ts) and one in
 * memory for tests (memory-engine.ts). Whatever is closed, or was lost with its worker, rejects further requests.
 */
export interface MediaEngine extends AsyncDisposable {
  readonly workers: number;
  /** What keeps the engine from taking new work. */
  readonly problem: string | undefined;
  /** Where the first worker listens on this host, whatever clients are told. */
  readonly localUdpPort: number;
  /** "203.0.113.7:10000/udp", as clients are told. */
  addresses(): readonly string[];
  /** On the worker of that number, else on the one that has least to do. */
  openRouter(codec?: VideoCodec, workerIndex?: number): Promise<MediaRouter>;
  usage(): Promise<EngineUsage>;
}

export type EngineUsage = {
  /** CPU time since its start, of each worker. */
  readonly workerCpuMs: readonly number[];
};

/** RTP with SRTP on a port of its own, to and from another service: no ICE, no DTLS, and nothing is estimated. */
export interface MediaPlain {
  readonly isPlain: true;
  readonly local: PlainAddress;
  connect(other: PlainAddress): Promise<void>;
  produce(given: Production): Promise<MediaProducer>;
  /** Runs from the start. */
  consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MediaConsumer>;
  stats(): Promise<TransportStats>;
  close(): void;
}

/** To and from another bridge. */
export interface MediaRelay extends MediaPlain {
  /** Starts paused. `layer`: the simulcast layer to carry, as long as there is nothing but lower ones; undefined: all. */
  cross(producer: MediaProducer, medium: Negotiated, layer: number | undefined): Promise<MediaConsumer>;
}

/** Where one end takes RTP, and the key (RFC 7714: 32 bytes, and a salt of 12) its packets are sent with. */
export type PlainAddress = { readonly ip: string; readonly port: number; readonly srtpKey: Uint8Array };

export interface MediaRouter {
  readonly videoCodec: VideoCodec;
  readonly capabilities: RouterCapabilities;
  createTransport(): Promise<MediaTransport>;
  createPlain(): Promise<MediaPlain>;
  createRelay(): Promise<MediaRelay>;
  /** Called with the id of the producer whose voice leads. */
  onDominantSpeaker(listener: (producerId: string) => void): void;
  /** The worker died: everything in this router is gone. */
  onLost(listener: (reason: string) => void): void;
  close(): void;
}

/** ICE, DTLS and SRTP of one endpoint, both directions. */
export interface MediaTransport {
  readonly isPlain: false;
  readonly local: LocalTransport;
  /** The credentials are for a client that waits for our checks; others need none. */
  connect(fingerprints: readonly Fingerprint[], credentials?: IceCredentials): Promise<void>;
  restartIce(): Promise<LocalTransport>;
  produce(given: Production): Promise<MediaProducer>;
  /** Runs from the start. */
  consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MediaConsumer>;
  onState(listener: (state: TransportState) => void): void;
  /**
   * Bits per second that the line to the endpoint is thought to carry: once a second, and at once when it falls far; only
   * while it is watched, as it is from the start. The engine's statistics say it at any time.
   */
  onEstimate(listener: (estimateBps: number) => void): void;
  watchEstimate(isWatched: boolean): Promise<void>;
  /** The estimate never goes below this; 0: as it comes. */
  setEstimateFloor(floorBps: number): Promise<void>;
  stats(): Promise<TransportStats>;
  close(): void;
}

export type LocalTransport = {
  readonly ufrag: string;
  readonly pwd: string;
  readonly candidates: readonly LocalCandidate[];
  readonly fingerprints: readonly Fingerprint[];
};

export type LocalCandidate = {
  readonly foundation: string;
  readonly protocol: "udp" | "tcp";
  readonly priority: number;
  readonly ip: string;
  readonly port: number;
};

/** "sha-256", and upper-case hexadecimal pairs with colons. */
export type Fingerprint = { readonly hash: string; readonly value: string };

export type TransportFailure = "ice" | "dtls" | "rtp";

export type TransportState = {
  readonly isConnected: boolean;
  /** Which part fell, where it is not connected any more; rtp: nothing comes by a plain transport. */
  readonly failure?: TransportFailure;
  readonly protocol: "udp" | "tcp" | "";
};

export type TransportStats = {
  /** Whatever came, on a plain transport's port from whomever. */
  readonly bytesReceived: number;
  /** RTP that was let in, from who has the key, first sendings only. */
  readonly rtpBytesReceived: number;
  readonly bytesSent: number;
  readonly lossReceived: number;
  readonly lossSent: number;
  readonly estimateBps?: number;
};

export type Production = {
  readonly kind: Kind;
  readonly medium: NegotiatedMedium;
  readonly encodings: readonly Encoding[];
  readonly cname: string;
  readonly isPaused: boolean;
};

export interface MediaProducer {
  readonly id: string;
  readonly kind: Kind;
  setPaused(isPaused: boolean): Promise<void>;
  stats(): Promise<ProducerStats>;
  close(): void;
}

export type ProducerStats = {
  readonly packets: number;
  readonly roundTripMs: number | undefined;
  /** Bits per second by spatial, then temporal layer, each with the rates below it. */
  readonly bitrates: readonly (readonly number[])[];
};

/** The SSRCs are the caller's choice, which no other stream on this transport may have. */
export type Consumption = {
  readonly ssrc: number;
  /** Where retransmissions were negotiated. */
  readonly rtxSsrc?: number;
  /** Of pictures. */
  readonly layers?: { readonly spatial: number; readonly temporal: number };
};

export interface MediaConsumer {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  setPaused(isPaused: boolean): Promise<void>;
  setLayers(spatial: number, temporal: number): Promise<void>;
  setPriority(priority: number): Promise<void>;
  /** False: nothing fits the receiver's bandwidth, or nothing comes from the sender. Simulcast and SVC only. */
  onFlow(listener: (isFlowing: boolean) => void): void;
  /** The receiver says that it misses packets, or the engine itself fell back to a lower layer. */
  onTrouble(listener: () => void): void;
  close(): void;
}
