import type { types } from "mediasoup";
import { limits } from "../domain/limits.ts";
import type { AdvertisedAddress } from "./addresses.ts";
import type { MediaRouter, MediaTransport } from "./media-engine.ts";
import { MediasoupTransport } from "./mediasoup-transport.ts";

/** What candidates are made of: the addresses clients are told, and the ports that are open. */
export type CandidateBase = {
  readonly addresses: readonly AdvertisedAddress[];
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly portOffset: number;
};

type Given = {
  readonly router: types.Router;
  readonly server: types.WebRtcServer;
  readonly speakers: types.ActiveSpeakerObserver;
  readonly candidates: () => CandidateBase;
  readonly onClose: (router: MediasoupRouter) => void;
};

/** A client that vanished is known to be gone after this. */
const iceConsentTimeoutS = 12;
const initialOutgoingBitrateBps = 1_500_000;

export class MediasoupRouter implements MediaRouter {
  readonly #given: Given;
  readonly #lostListeners: ((reason: string) => void)[] = [];

  constructor(given: Given) {
    this.#given = given;
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
    await transport.setMaxIncomingBitrate(limits.senderBitsPerSecond);
    return new MediasoupTransport(transport, speakers, candidates);
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
