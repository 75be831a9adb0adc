import type { Reception } from "../domain/connectivity.ts";
import {
  type AudioSubscription,
  everyAudio,
  initialConstraints,
  type ReceiverConstraints,
} from "../domain/constraints.ts";
import { type Blockable, blockedSources, type ForceMute } from "../domain/force-mute.ts";
import type { Offer } from "../domain/offer.ts";
import { srtpSuite } from "../domain/plain-address.ts";
import type { Kind, Negotiated } from "../domain/rtp.ts";
import { type DescribedSource, describeFeedback } from "../domain/sources.ts";
import type { MediaPlain, MediaTransport, TransportState } from "../edge/media-engine.ts";
import type { Channel } from "./channel.ts";
import { Downlink } from "./downlink.ts";
import type { Receiving } from "./receiving.ts";
import type { LocalSending } from "./sending.ts";

export type EndpointIdentity = {
  readonly id: string;
  readonly jingleSession: string;
  readonly bridgeSession: string;
  readonly statsId: string;
};

/**
 * One participant's end on this bridge: a transport, what it sends, what it is sent, and its channel. A plain transport is
 * a telephone call's, from a gateway: it has no channel.
 */
export class Endpoint {
  readonly identity: EndpointIdentity;
  readonly transport: MediaTransport | MediaPlain;
  readonly offer: Offer;
  readonly channelPassword: string;
  readonly feedbackSsrcs: Readonly<Record<Kind, number>>;
  readonly createdAt: number;
  /** Until it accepts, what was offered. */
  negotiated: Negotiated;
  isAccepted = false;
  /** It was told whom to expect: that can be done once. */
  isTransportStarted = false;
  iceGeneration = 0;
  state: TransportState = { isConnected: false, protocol: "" };
  reception: Reception | undefined;
  /** When it was last seen alive in any way. */
  seenAt: number;
  readonly sent = new Map<string, LocalSending>();
  readonly received = new Map<string, Receiving>();
  /** Names of sources that its offer told it of. */
  readonly offered = new Set<string>();
  forceMuted: ForceMute;
  /** It sends more than anybody may: nothing of it is passed on until it slows down. */
  isHeldBack = false;
  constraints: ReceiverConstraints = initialConstraints;
  audio: AudioSubscription = everyAudio;
  readonly downlink = new Downlink();
  /** Each change of its estimate is told at once. */
  isWatched: boolean;
  channel: Channel | undefined;

  constructor(given: {
    readonly identity: EndpointIdentity;
    readonly transport: MediaTransport | MediaPlain;
    readonly channelPassword: string;
    readonly feedbackSsrcs: Readonly<Record<Kind, number>>;
    readonly offer: Offer;
    readonly forceMuted: ForceMute;
    readonly now: number;
  }) {
    this.identity = given.identity;
    this.transport = given.transport;
    this.channelPassword = given.channelPassword;
    this.feedbackSsrcs = given.feedbackSsrcs;
    this.offer = given.offer;
    this.negotiated = given.offer.negotiated;
    this.isWatched = !given.transport.isPlain;
    this.forceMuted = given.forceMuted;
    this.createdAt = given.now;
    this.seenAt = given.now;
  }

  get id(): string {
    return this.identity.id;
  }

  /** Where the client finds its bridge channel; a gateway has none. */
  channelPath(bridge: string, conference: string): string {
    if (this.transport.isPlain) return "";
    const path = [bridge, conference, this.id].map(encodeURIComponent).join("/");
    return `/colibri-ws/${path}?pwd=${this.channelPassword}`;
  }

  /** Others are told that it can't be heard. Whether a call is still there its gateway says. */
  get isSilent(): boolean {
    return !this.transport.isPlain && this.reception?.isActive === false;
  }

  /** They make the first media lines of a client's session; a gateway has no lines. */
  feedbackSources(): DescribedSource[] {
    if (this.transport.isPlain) return [];
    return (["audio", "video"] as const).map((kind) => describeFeedback(kind, this.feedbackSsrcs[kind]));
  }

  /** Every SSRC that the bridge sends to it: none of its own may be one of them. */
  bridgeSsrcs(): Set<number> {
    const ssrcs = new Set(Object.values(this.feedbackSsrcs));
    for (const { ssrcs: own } of this.received.values()) {
      ssrcs.add(own.ssrc);
      if (own.rtxSsrc !== undefined) ssrcs.add(own.rtxSsrc);
    }
    return ssrcs;
  }

  usesSsrc(ssrc: number): boolean {
    if (ssrc === this.feedbackSsrcs.audio || ssrc === this.feedbackSsrcs.video) return true;
    for (const { ssrcs } of this.received.values()) if (ssrcs.ssrc === ssrc || ssrcs.rtxSsrc === ssrc) return true;
    return [...this.sent.values()].some(({ source }) => source.ssrcs.includes(ssrc));
  }

  describeTransport() {
    if (this.transport.isPlain) return { plain: { ...this.transport.local, srtpSuite } };
    const { ufrag, pwd, candidates, fingerprints } = this.transport.local;
    return {
      ufrag,
      pwd,
      candidates: candidates.map((candidate) => ({
        ...candidate,
        component: 1,
        type: "host",
        tcpType: candidate.protocol === "tcp" ? "passive" : "",
      })),
      fingerprints: fingerprints.map(({ hash, value }) => ({ hash, value, setup: "actpass" })),
      iceGeneration: this.iceGeneration,
    };
  }

  /** Names of what it sends and nobody gets; `more` is about to join them. */
  blocked(...more: readonly Blockable[]): ReadonlySet<string> {
    const sources = [...[...this.sent.values()].map((sending) => sending.blockable()), ...more];
    return this.isHeldBack ? new Set(sources.map(({ name }) => name)) : blockedSources(this.forceMuted, sources);
  }
}
