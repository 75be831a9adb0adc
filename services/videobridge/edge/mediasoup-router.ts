import type { types } from "mediasoup";
import { limits } from "../domain/limits.ts";
import type { RouterCapabilities } from "../domain/rtp.ts";
import type { VideoCodec } from "../domain/video-codec.ts";
import type { AdvertisedAddress } from "./addresses.ts";
import type { MediaPlain, MediaRelay, MediaRouter, MediaTransport } from "./media-engine.ts";
import { createRelay, type RelayRules } from "./mediasoup-relay.ts";
import { MediasoupTransport } from "./mediasoup-transport.ts";

export type MediaPorts = { readonly udp: number; readonly tcp: number };

/** What candidates are made of: the addresses clients are told, and the ports that are open. */
export type CandidateBase = {
  readonly addresses: readonly AdvertisedAddress[];
  /** Where the sockets of this family are. */
  readonly portsFor: (ip: string) => MediaPorts;
  readonly portOffset: number;
};

type Given = {
  readonly router: types.Router;
  readonly videoCodec: VideoCodec;
  readonly server: types.WebRtcServer;
  readonly speakers: types.ActiveSpeakerObserver;
  readonly candidates: () => CandidateBase;
  readonly relay: RelayRules;
  readonly onClose: (router: MediasoupRouter) => void;
};

/** A client that vanished is known to be gone after this. */
const iceConsentTimeoutS = 12;
const initialOutgoingBitrateBps = 1_500_000;

export class MediasoupRouter implements MediaRouter {
  readonly videoCodec: VideoCodec;
  readonly capabilities: RouterCapabilities;
  readonly #given: Given;
  readonly #lostListeners: ((reason: string) => void)[] = [];

  constructor(given: Given) {
    this.#given = given;
    this.videoCodec = given.videoCodec;
    this.capabilities = toRouterCapabilities(given.router.rtpCapabilities);
  }

  async createTransport(): Promise<MediaTransport> {
    const { router, server, speakers, candidates } = this.#given;
    const transport = await router.createWebRtcTransport({
      webRtcServer: server,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      iceConsentTimeout: iceConsentTimeoutS,
      initialAvailableOutgoingBitrate: initialOutgoingBitrateBps,
    });
    await Promise.all([
      transport.setMaxIncomingBitrate(limits.senderBitsPerSecond),
      transport.enableTraceEvent(["bwe"]),
    ]);
    return new MediasoupTransport(transport, speakers, candidates);
  }

  createPlain(): Promise<MediaPlain> {
    return this.createRelay();
  }

  createRelay(): Promise<MediaRelay> {
    const { router, speakers, relay } = this.#given;
    return createRelay(router, speakers, relay);
  }

  onDominantSpeaker(listener: (producerId: string) => void): void {
    this.#given.speakers.on("dominantspeaker", ({ producer }) => listener(producer.id));
  }

  onLost(listener: (reason: string) => void): void {
    this.#lostListeners.push(listener);
  }

  lose(reason: string): void {
    for (const listener of this.#lostListeners) listener(reason);
  }

  close(): void {
    this.#given.onClose(this);
    this.#given.router.close();
  }
}

export function toRouterCapabilities({
  codecs = [],
  headerExtensions = [],
}: types.RtpCapabilities): RouterCapabilities {
  return {
    codecs: codecs.map((codec) => ({
      kind: codec.kind,
      mimeType: codec.mimeType,
      payloadType: codec.preferredPayloadType as number,
      clockRate: codec.clockRate,
      ...(codec.channels === undefined ? {} : { channels: codec.channels }),
      parameters: codec.parameters as Record<string, string | number>,
      rtcpFeedback: codec.rtcpFeedback ?? [],
    })),
    headerExtensions: headerExtensions.map(({ kind, uri, preferredId }) => ({ kind, uri, id: preferredId })),
  };
}
