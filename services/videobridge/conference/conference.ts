import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type {
  ConnectEndpointRequest,
  CreateEndpointRequest,
  CreateEndpointResponseSchema,
} from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { startReception } from "../domain/connectivity.ts";
import { startConstraints } from "../domain/constraints.ts";
import { type ForceMute, readForceMute } from "../domain/force-mute.ts";
import type { Offer } from "../domain/offer.ts";
import { makeOffer, selectSound } from "../domain/offer.ts";
import { type DescribedSource, isSameSource, readSources, type SentSource } from "../domain/sources.ts";
import { type Speakers, speechOrder } from "../domain/speakers.ts";
import type { MediaRouter, TransportState } from "../edge/media-engine.ts";
import type { BridgeEvents } from "../events.ts";
import { ConferenceRelays, type RemoteChange } from "../relay/conference-relays.ts";
import type { RelayLink } from "../relay/relay-link.ts";
import { closeCode } from "./channel.ts";
import { ConferenceChannels } from "./conference-channels.ts";
import { announce, type Consuming, receive, withdraw, withdrawAll } from "./consuming.ts";
import type { Endpoint } from "./endpoint.ts";
import { type ForwardingRules, reallocate } from "./forwarding.ts";
import { readAccepted } from "./meeting.ts";
import { describeOffer } from "./offering.ts";
import { openEndpoint } from "./opening.ts";
import { Refreshing } from "./refreshing.ts";
import { LocalSending } from "./sending.ts";
import { Serial } from "./serial.ts";
import { unwrap } from "./unwrap.ts";
import { Voices } from "./voices.ts";
import { Watching } from "./watching.ts";

export type Announcement = { readonly receiver: string; readonly sources: DescribedSource[] };

export type ConferenceSurroundings = {
  readonly region: string;
  readonly version: string;
  readonly bridge: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: BridgeEvents;
  readonly relays: RelayLink;
  readonly rules: ForwardingRules;
};

/** One sitting on this bridge. What is asked of it is done one after the other. */
export class Conference {
  readonly id: string;
  readonly room: string;
  readonly router: MediaRouter;
  readonly offer: Offer;
  /** Of gateways. */
  readonly plainOffer: Offer;
  readonly endpoints = new Map<string, Endpoint>();
  readonly channels: ConferenceChannels;
  readonly relays: ConferenceRelays;
  readonly voices: Voices;
  readonly watching: Watching;
  readonly consuming: Consuming;
  readonly createdAt: number;
  epoch = 0n;
  emptySince: number;
  readonly #around: ConferenceSurroundings;
  readonly #serial = new Serial();
  readonly #refreshing: Refreshing<Endpoint>;
  /** The Jingle session that was last asked for, of each endpoint that was not expired since. */
  readonly #wanted = new Map<string, string>();
  #isClosed = false;

  constructor(id: string, room: string, router: MediaRouter, around: ConferenceSurroundings) {
    this.id = id;
    this.room = room;
    this.router = router;
    this.offer = makeOffer(router.capabilities);
    this.plainOffer = makeOffer(selectSound(router.capabilities));
    this.#around = around;
    this.createdAt = around.clock.now();
    this.emptySince = this.createdAt;
    this.channels = new ConferenceChannels(this, around);
    this.relays = new ConferenceRelays(this, around);
    this.voices = new Voices(id, around.events);
    this.#refreshing = new Refreshing(around.clock, this.endpoints, (receivers) => this.#decide(receivers));
    this.watching = new Watching(around.clock, (receiver) => this.refresh(receiver));
    this.consuming = {
      log: around.log,
      refresh: (receiver) => this.refresh(receiver),
      worry: (receiver) => this.watching.worry(receiver),
    };
    router.onDominantSpeaker((producer) => this.#hear(producer));
  }

  get speakers(): Speakers {
    return this.voices.speakers;
  }

  create(request: CreateEndpointRequest): Promise<MessageInitShape<typeof CreateEndpointResponseSchema>> {
    this.#wanted.set(request.endpoint, request.jingleSession);
    return this.serially(async () => {
      this.#failIfClosed();
      // Who waited too long gave it up meanwhile: what nobody wants keeps others waiting.
      if (this.#wanted.get(request.endpoint) !== request.jingleSession)
        throw new VecheError("failed-precondition", `endpoint ${request.endpoint}: it was given up before its turn`);
      const present = this.endpoints.get(request.endpoint);
      if (present?.identity.jingleSession === request.jingleSession) {
        await this.#forceMute(present, readForceMute(request.forceMute));
        return describeOffer(this, present, this.#around);
      }
      if (present) this.#remove(present);
      const endpoint = await this.#open(request);
      this.#receiveAll(endpoint);
      for (const name of endpoint.received.keys()) endpoint.offered.add(name);
      this.#around.events.endpointCreated(this.id, endpoint);
      // Senders whom nobody watched wake up while the newcomer is still being invited.
      this.refresh(endpoint);
      return describeOffer(this, endpoint, this.#around);
    });
  }

  connect(request: ConnectEndpointRequest): Promise<RemoteChange> {
    return this.serially(async () => {
      const endpoint = this.#find(request.endpoint);
      const { jingleSession } = endpoint.identity;
      if (request.jingleSession !== jingleSession)
        throw new VecheError("failed-precondition", `endpoint ${endpoint.id}: its session is another one`);
      const { negotiated, meet } = readAccepted(endpoint, request);
      const sources = this.#readNew(endpoint, request.sources, negotiated);
      if (!endpoint.isTransportStarted) await meet();
      endpoint.isTransportStarted = true;
      endpoint.negotiated = negotiated;
      if (!endpoint.isAccepted) endpoint.constraints = startConstraints(endpoint.constraints, request.initialLastN);
      endpoint.isAccepted = true;
      if (endpoint.transport.isPlain && !endpoint.reception) this.notePlainFlow(endpoint, true);
      this.#dropUnacceptable(endpoint);
      for (const name of endpoint.offered) this.#apply(endpoint, name);
      const { announcements, withdrawals } = await this.#send(endpoint, sources, request.sources);
      this.#failIfClosed();
      this.#receiveAll(endpoint);
      const news = [...endpoint.received].filter(([name]) => !endpoint.offered.has(name));
      if (news.length > 0)
        announcements.push({ receiver: endpoint.id, sources: news.map(([, receiving]) => receiving.describe()) });
      this.refreshAll();
      return { announcements, withdrawals };
    });
  }

  addSources(id: string, sources: readonly Source[]): Promise<RemoteChange> {
    return this.serially(async () => {
      const endpoint = this.#find(id);
      if (!endpoint.isAccepted)
        throw new VecheError("failed-precondition", `endpoint ${id}: its session was not accepted yet`);
      const change = await this.#send(endpoint, this.#readNew(endpoint, sources, endpoint.negotiated), sources);
      this.refreshAll();
      return change;
    });
  }

  removeSources(id: string, names: readonly string[]): Promise<Announcement[]> {
    return this.serially(async () => {
      const endpoint = this.#find(id);
      const withdrawn = this.#stop(endpoint, names);
      if (endpoint.forceMuted.desktop) await this.#pass(endpoint);
      this.refreshAll();
      return withdrawn;
    });
  }

  resume(id: string, names: readonly string[]): Promise<void> {
    return this.serially(async () => {
      const endpoint = this.#find(id);
      for (const name of names.length > 0 ? names : endpoint.received.keys()) this.#apply(endpoint, name);
      this.refresh(endpoint);
    });
  }

  restartIce(id: string): Promise<Endpoint> {
    return this.serially(async () => {
      const endpoint = this.#find(id);
      if (endpoint.transport.isPlain)
        throw new VecheError("failed-precondition", `endpoint ${id}: its transport is plain and has no ICE`);
      await endpoint.transport.restartIce();
      endpoint.iceGeneration += 1;
      return endpoint;
    });
  }

  setForceMute(id: string, muted: ForceMute): Promise<void> {
    return this.serially(() => this.#forceMute(this.#find(id), muted));
  }

  /** What a picture is was said anew. */
  setVideoType(endpoint: Endpoint): Promise<void> {
    return this.serially(() => this.#pass(endpoint));
  }

  /** Something comes from a gateway, or nothing did for too long. */
  notePlainFlow(endpoint: Endpoint, isFlowing: boolean): void {
    this.#observe(endpoint, { isConnected: isFlowing, protocol: "udp", ...(isFlowing ? {} : { failure: "rtp" }) });
  }

  /** Holds back what an endpoint sends, or passes it on again. */
  holdBack(endpoint: Endpoint, isHeldBack: boolean): Promise<void> {
    return this.serially(async () => {
      if (this.endpoints.get(endpoint.id) !== endpoint) return;
      endpoint.isHeldBack = isHeldBack;
      await this.#pass(endpoint);
    });
  }

  expire(id: string, reason: string): Promise<Announcement[]> {
    this.#wanted.delete(id);
    return this.serially(async () => {
      const endpoint = this.endpoints.get(id);
      if (!endpoint) return [];
      const withdrawn = this.#remove(endpoint);
      this.#around.events.endpointExpired(this.id, endpoint, reason);
      this.refreshAll();
      return withdrawn;
    });
  }

  /** Ends everything at once, also what is being done. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const endpoint of [...this.endpoints.values()]) this.#remove(endpoint);
    this.#refreshing.close();
    this.relays.close();
    this.router.close();
    this.#around.events.conferenceExpired(this, reason);
  }

  /** Decides anew what a receiver gets. */
  refresh(endpoint: Endpoint): void {
    this.#refreshing.touch(endpoint);
  }

  refreshAll(): void {
    for (const endpoint of this.endpoints.values()) this.refresh(endpoint);
    this.relays.touch();
  }

  /** A source of an endpoint here. */
  findSending(name: string): LocalSending | undefined {
    for (const { sent } of this.endpoints.values()) {
      const sending = sent.get(name);
      if (sending) return sending;
    }
    return undefined;
  }

  #decide(receivers: readonly Endpoint[]): void {
    const situation = {
      rules: this.#around.rules,
      speechOrder: speechOrder(this.speakers),
      told: this.channels.forwarded,
      now: this.#around.clock.now(),
    };
    for (const endpoint of receivers) if (this.endpoints.get(endpoint.id) === endpoint) reallocate(endpoint, situation);
  }

  async #open(request: CreateEndpointRequest): Promise<Endpoint> {
    const endpoint = await openEndpoint(this, request, this.#around.clock.now());
    const { transport } = endpoint;
    if (this.#isClosed) {
      transport.close();
      this.#failIfClosed();
    }
    if (!transport.isPlain) {
      transport.onState((state) => this.#observe(endpoint, state));
      transport.onEstimate((estimateBps) => this.watching.hear(endpoint, estimateBps));
    }
    this.endpoints.set(endpoint.id, endpoint);
    return endpoint;
  }

  /** Sources that are not there yet. Those that are, from a repeated request, stay as they are. */
  #readNew(endpoint: Endpoint, sources: readonly Source[], negotiated: Endpoint["negotiated"]): SentSource[] {
    const present = [...endpoint.sent.values()].map(({ source }) => source);
    const fresh = sources.filter((source) => !present.some((one) => isSameSource(one, source)));
    const read = unwrap(readSources(endpoint.id, fresh, present, endpoint.bridgeSsrcs(), this.router.videoCodec));
    const stray = read.find(({ kind }) => !negotiated[kind]);
    if (stray)
      throw new VecheError("invalid-argument", `source ${stray.name}: no codec was accepted for ${stray.kind}`);
    return read;
  }

  /** Starts what is new and tells everybody of all that was asked for. */
  async #send(endpoint: Endpoint, fresh: readonly SentSource[], asked: readonly Source[]): Promise<RemoteChange> {
    const withdrawals = this.relays.removeNow(fresh.map(({ name }) => name));
    for (const source of fresh) await this.#produce(endpoint, source);
    if (endpoint.forceMuted.desktop) await this.#pass(endpoint);
    const sendings = asked.flatMap(({ name }) => endpoint.sent.get(name) ?? []);
    const others = [...this.endpoints.values()].filter((one) => one !== endpoint);
    return { announcements: announce(others, sendings, this.consuming), withdrawals };
  }

  async #produce(endpoint: Endpoint, source: SentSource): Promise<void> {
    const medium = endpoint.negotiated[source.kind];
    if (!medium) return;
    const isBlocked = endpoint.blocked(source).has(source.name);
    const producer = await endpoint.transport.produce({
      kind: source.kind,
      medium: { ...medium },
      encodings: medium.rtx ? source.encodings : source.encodings.map(({ rtx: _, ...encoding }) => encoding),
      cname: endpoint.id,
      isPaused: isBlocked,
    });
    this.#failIfClosed();
    const sending = new LocalSending(source, { producer, isBlocked }, this.#around.clock, (height) => {
      if (source.kind === "video") this.channels.tellSender(endpoint, source.name, height);
    });
    endpoint.sent.set(source.name, sending);
    if (source.kind === "audio") this.voices.add(producer.id, endpoint.id);
  }

  #stop(endpoint: Endpoint, names: readonly string[]): Announcement[] {
    const stopped = names.flatMap((name) => endpoint.sent.get(name) ?? []);
    const withdrawn = withdrawAll(
      this.endpoints.values(),
      stopped.map(({ source }) => source.name),
    );
    for (const sending of stopped) {
      endpoint.sent.delete(sending.source.name);
      this.voices.remove(sending.producer.id);
      this.relays.stop(sending.source.name);
      sending.close();
    }
    return withdrawn;
  }

  #remove(endpoint: Endpoint): Announcement[] {
    const withdrawn = this.#stop(endpoint, [...endpoint.sent.keys()]);
    for (const name of [...endpoint.received.keys()]) withdraw(endpoint, name);
    endpoint.transport.close();
    this.channels.detach(endpoint, closeCode.goingAway, "the endpoint expired");
    if (this.endpoints.get(endpoint.id) === endpoint) this.endpoints.delete(endpoint.id);
    this.voices.forget(endpoint.id);
    if (this.endpoints.size === 0) this.emptySince = this.#around.clock.now();
    return withdrawn;
  }

  /** A client that accepted no codec of a kind can't be sent it. */
  #dropUnacceptable(endpoint: Endpoint): void {
    for (const [name, { sending }] of [...endpoint.received])
      if (!endpoint.negotiated[sending.source.kind]) withdraw(endpoint, name);
  }

  #apply(endpoint: Endpoint, name: string): void {
    const receiving = endpoint.received.get(name);
    if (receiving) receiving.isApplied = true;
  }

  async #forceMute(endpoint: Endpoint, muted: ForceMute): Promise<void> {
    endpoint.forceMuted = muted;
    await this.#pass(endpoint);
  }

  async #pass(endpoint: Endpoint): Promise<void> {
    const blocked = endpoint.blocked();
    const changes = [...endpoint.sent.values()].map((sending) => {
      sending.isBlocked = blocked.has(sending.source.name);
      return sending.producer.setPaused(sending.isBlocked);
    });
    await Promise.all(changes);
    this.refreshAll();
  }

  /** All that the others send and it hasn't yet. */
  #receiveAll(receiver: Endpoint): void {
    for (const endpoint of this.endpoints.values())
      if (endpoint !== receiver)
        for (const sending of endpoint.sent.values()) receive(receiver, sending, this.consuming);
    for (const sending of this.relays.present()) receive(receiver, sending, this.consuming);
  }

  /** What fails because the worker died meanwhile may be asked again: the next one is there. */
  serially<T>(action: () => Promise<T>): Promise<T> {
    return this.#serial.run(async () => {
      try {
        return await action();
      } catch (error) {
        if (!this.#isClosed || error instanceof VecheError) throw error;
        throw new VecheError("unavailable", `conference ${this.id} ended on this bridge`, { cause: error });
      }
    });
  }

  #find(id: string): Endpoint {
    this.#failIfClosed();
    const endpoint = this.endpoints.get(id);
    if (!endpoint)
      throw new VecheError("not-found", `endpoint ${id}: expected it in conference ${this.id}, found none`);
    return endpoint;
  }

  #failIfClosed(): void {
    if (this.#isClosed) throw new VecheError("unavailable", `conference ${this.id} ended on this bridge`);
  }

  #observe(endpoint: Endpoint, state: TransportState): void {
    if (this.endpoints.get(endpoint.id) !== endpoint) return;
    const before = endpoint.state;
    endpoint.state = state;
    const now = this.#around.clock.now();
    if (state.isConnected && !before.isConnected) {
      endpoint.reception ??= startReception(now);
      endpoint.seenAt = now;
      this.#around.events.endpointConnected(this.id, endpoint, now);
      this.refresh(endpoint);
    } else if (state.failure && state.failure !== before.failure) {
      this.#around.events.endpointDisconnected(this.id, endpoint, state.failure);
    }
  }

  #hear(producer: string): void {
    if (!this.voices.hear(producer)) return;
    this.channels.tellSpeakers();
    this.refreshAll();
  }
}
