import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { type ChannelMessage, readReactions, type SourceVideoType, say } from "../domain/channel-message.ts";
import { updateConstraints } from "../domain/constraints.ts";
import { limits } from "../domain/limits.ts";
import { fullBucket, take } from "../domain/token-bucket.ts";
import type { RelayedEnvelope } from "../relay/conference-relays.ts";
import { Channel, type ChannelSocket, closeCode } from "./channel.ts";
import type { Conference, ConferenceSurroundings } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";

const reactionRate = { perSecond: limits.reactionsPerSecond, burst: limits.reactionBurst };

const videoTypes: Readonly<Record<Exclude<SourceVideoType, "none">, VideoType>> = {
  camera: VideoType.CAMERA,
  desktop: VideoType.DESKTOP,
  desktop_high_fps: VideoType.DESKTOP_HIGH_FPS,
};

/** The bridge channels of a conference: what clients say there, and what they are told. */
export class ConferenceChannels {
  /** What each receiver was last told that it gets. */
  readonly forwarded = new Map<string, string>();
  readonly #conference: Conference;
  readonly #around: ConferenceSurroundings;
  readonly #reactions = new Map<string, ReturnType<typeof fullBucket>>();

  constructor(conference: Conference, around: ConferenceSurroundings) {
    this.#conference = conference;
    this.#around = around;
  }

  /** A newer socket of an endpoint takes the older one's place. */
  attach(endpoint: Endpoint, socket: ChannelSocket): Channel {
    this.detach(endpoint, closeCode.normal, "replaced");
    const { clock, events } = this.#around;
    const channel: Channel = new Channel(socket, clock, {
      message: (message) => this.#hear(endpoint, message),
      fault: (reason) => events.channelFault(this.#conference.id, endpoint.id, reason),
    });
    endpoint.channel = channel;
    endpoint.seenAt = clock.now();
    events.channelOpened(this.#conference.id, endpoint.id);
    this.#greet(endpoint, channel);
    return channel;
  }

  detach(endpoint: Endpoint, code: number, reason: string): void {
    const { channel } = endpoint;
    if (!channel) return;
    this.closed(endpoint, channel);
    channel.close(code, reason);
  }

  /** The client went away. */
  closed(endpoint: Endpoint, channel: Channel): void {
    if (endpoint.channel !== channel) return;
    endpoint.channel = undefined;
    endpoint.seenAt = this.#around.clock.now();
    this.forwarded.delete(endpoint.id);
    this.#reactions.delete(endpoint.id);
    this.#around.events.channelClosed(this.#conference.id, endpoint.id, channel.count);
  }

  tellSender(endpoint: Endpoint, source: string, maxHeight: number): void {
    endpoint.channel?.send(say.senderConstraint(source, maxHeight));
  }

  tellSpeakers(): void {
    const { dominant, previous } = this.#conference.speakers;
    if (dominant) this.#toAll(say.dominantSpeaker(dominant, previous));
  }

  /** Others learn of both changes, the endpoint itself only of its return: before that it could not hear. */
  tellConnectivity(endpoint: Endpoint, isActive: boolean): void {
    this.#toAll(say.connectivity(endpoint.id, isActive), isActive ? undefined : endpoint);
    this.#conference.relays.touch();
  }

  /** An endpoint of another bridge. */
  hearConnectivity(endpoint: string, isActive: boolean): void {
    this.#toAll(say.connectivity(endpoint, isActive));
  }

  /** What an endpoint of another bridge said. */
  deliver({ sender, to, text, isStats }: RelayedEnvelope): void {
    if (isStats) this.#tellStats(sender, text);
    else if (to === "") this.#toAll(text);
    else this.#conference.endpoints.get(to)?.channel?.send(text);
  }

  #greet(endpoint: Endpoint, channel: Channel): void {
    channel.send(say.serverHello(this.#around.version));
    const { dominant, previous } = this.#conference.speakers;
    if (dominant) channel.send(say.dominantSpeaker(dominant, previous));
    for (const other of this.#conference.endpoints.values())
      if (other.isSilent) channel.send(say.connectivity(other.id, false));
    for (const { silent } of this.#conference.relays.current.values())
      for (const id of silent) channel.send(say.connectivity(id, false));
    for (const sending of endpoint.sent.values()) if (sending.source.kind === "video") sending.announceNow();
    this.#conference.refresh(endpoint);
  }

  #hear(endpoint: Endpoint, message: ChannelMessage): void {
    switch (message.type) {
      case "hello":
        endpoint.channel?.send(say.serverHello(this.#around.version));
        return;
      case "constraints":
        endpoint.constraints = updateConstraints(endpoint.constraints, message.update);
        this.#conference.refresh(endpoint);
        return;
      case "audio-subscription":
        endpoint.audio = message.subscription;
        this.#conference.refresh(endpoint);
        return;
      case "video-type":
        this.#setVideoType(endpoint, message.source ?? `${endpoint.id}-v0`, message.videoType);
        return;
      case "endpoint-message":
        this.#relay(endpoint, message);
        return;
      case "endpoint-stats":
        this.#relayStats(endpoint, say.relayed(message.message, endpoint.id));
        return;
      case "unknown":
        return;
    }
  }

  #setVideoType(endpoint: Endpoint, source: string, videoType: SourceVideoType): void {
    const sending = endpoint.sent.get(source);
    if (!sending) return;
    sending.isShown = videoType !== "none";
    if (videoType !== "none") sending.videoType = videoTypes[videoType];
    if (endpoint.forceMuted.video !== endpoint.forceMuted.desktop) this.#passAnew(endpoint);
    this.#conference.refreshAll();
  }

  /** A camera that turns into a screen is blocked as one. */
  #passAnew(endpoint: Endpoint): void {
    this.#conference.setVideoType(endpoint).catch((error: unknown) => {
      this.#around.log.debug({ endpoint: endpoint.id, err: error }, "an endpoint went while its picture changed");
    });
  }

  #relay(from: Endpoint, { to, message, payload }: Extract<ChannelMessage, { type: "endpoint-message" }>): void {
    const text = say.relayed(message, from.id);
    const receiver = this.#conference.endpoints.get(to);
    if (receiver) receiver.channel?.send(text);
    else this.#conference.relays.pass({ sender: from.id, to, text, isStats: false });
    if (to === "") this.#toAll(text, from);
    const reactions = readReactions(payload);
    if (reactions && this.#mayReact(from)) this.#around.events.reacted(this.#conference.id, from.id, reactions);
  }

  #mayReact({ id }: Endpoint): boolean {
    const now = this.#around.clock.now();
    const [bucket, may] = take(this.#reactions.get(id) ?? fullBucket(reactionRate, now), reactionRate, 1, now);
    this.#reactions.set(id, bucket);
    return may;
  }

  #relayStats(from: Endpoint, text: string): void {
    this.#tellStats(from.id, text);
    this.#conference.relays.pass({ sender: from.id, to: "", text, isStats: true });
  }

  /** In a crowd, only those who spoke lately are everybody's business. Each bridge decides for its own endpoints. */
  #tellStats(from: string, text: string): void {
    const { endpoints, relays, speakers } = this.#conference;
    const isForAll =
      endpoints.size + relays.owners().size <= limits.statsToAllEndpoints ||
      speakers.dominant === from ||
      speakers.previous.includes(from);
    for (const receiver of endpoints.values())
      if (receiver.id !== from && (isForAll || looksAt(receiver, from))) receiver.channel?.send(text);
  }

  #toAll(text: string, except?: Endpoint): void {
    for (const endpoint of this.#conference.endpoints.values()) if (endpoint !== except) endpoint.channel?.send(text);
  }
}

/** The name of a source begins with its owner. */
function looksAt(receiver: Endpoint, sender: string): boolean {
  const { onStageSources, selectedSources } = receiver.constraints;
  return [...onStageSources, ...selectedSources].some((name) => name.startsWith(`${sender}-`));
}
