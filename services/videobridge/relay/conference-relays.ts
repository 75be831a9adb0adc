import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type {
  AddRemoteSourcesRequest,
  RelayedSource,
  RelayMessage,
  RelaySourcesRequest,
  RelayState,
} from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { Announcement, Conference } from "../conference/conference.ts";
import { announce, withdrawAll } from "../conference/consuming.ts";
import { unwrap } from "../conference/unwrap.ts";
import { limits } from "../domain/limits.ts";
import { makeOffer, type Offer } from "../domain/offer.ts";
import { isSameSource, type SentSource } from "../domain/sources.ts";
import type { BridgeEvents } from "../events.ts";
import { describeCrossing, Relay, type RelayPeer } from "./relay.ts";
import type { RelayLink } from "./relay-link.ts";
import {
  type RelayEnd,
  readRelayEnd,
  readRelayed,
  readRemoteSources,
  readState,
  selectCrossing,
  ssrcsOf,
} from "./relayed-source.ts";
import { RemoteSending } from "./remote-sending.ts";
import { Telling } from "./telling.ts";
import { nothing } from "./wish.ts";

/** Both ends may be made anew while they ask each other; more often than this something else is wrong. */
const attempts = 3;

export type RelayedEnvelope = Pick<RelayMessage, "sender" | "to" | "text" | "isStats">;
export type RemoteChange = { readonly announcements: Announcement[]; readonly withdrawals: Announcement[] };

/** A request under way: what is removed meanwhile is taken out of it. */
type Fetching = { readonly bridge: string; readonly names: Set<string>; isDropped: boolean };

type Surroundings = {
  readonly relays: RelayLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: BridgeEvents;
};

/** Other bridges' part in a conference: what was fetched from them, and what of ours they get. */
export class ConferenceRelays {
  readonly sources = new Map<string, RemoteSending>();
  /** By the other bridge. */
  readonly current = new Map<string, Relay>();
  readonly #offer: Offer;
  readonly #conference: Conference;
  readonly #link: RelayLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: BridgeEvents;
  readonly #telling: Telling;
  readonly #making = new Map<string, Promise<Relay>>();
  readonly #fetching = new Set<Fetching>();
  #isClosed = false;

  constructor(conference: Conference, around: Surroundings) {
    this.#conference = conference;
    this.#link = around.relays;
    this.#clock = around.clock;
    this.#log = around.log;
    this.#events = around.events;
    this.#offer = makeOffer(selectCrossing(conference.offer.capabilities));
    this.#telling = new Telling(conference, this, around.relays, around.clock);
  }

  /** Sources of other bridges that receivers here can be given. */
  present(): RemoteSending[] {
    return [...this.sources.values()].filter(({ isGone }) => !isGone);
  }

  owners(): Set<string> {
    return new Set(this.present().map(({ source }) => source.owner));
  }

  /**
   * Fetches sources from another bridge. That one is asked outside the conference's row of requests: it may be asking us
   * at this very moment.
   */
  async fetch(request: AddRemoteSourcesRequest): Promise<RemoteChange> {
    const read = unwrap(readRemoteSources(request.sources, this.#conference.router.videoCodec));
    const fresh = read.filter(({ name }) => !this.sources.has(name));
    if (this.sources.size + fresh.length > limits.remoteSources)
      throw new VecheError("resource-exhausted", `expected at most ${limits.remoteSources} sources of other bridges`);
    const { bridge, instance, epoch } = request;
    const fetching = { bridge, names: new Set(read.map(({ name }) => name)), isDropped: false };
    this.#fetching.add(fetching);
    try {
      const { relay, relayed } = await this.#ask({ bridge, instance }, epoch, fetching);
      return await this.#conference.serially(() =>
        this.#take(
          relay,
          relayed,
          read.filter(({ name }) => fetching.names.has(name)),
        ),
      );
    } finally {
      this.#fetching.delete(fetching);
    }
  }

  remove(names: readonly string[]): Promise<Announcement[]> {
    for (const fetching of this.#fetching) for (const name of names) fetching.names.delete(name);
    return this.#conference.serially(async () => this.removeNow(names));
  }

  /** As `remove`, by who has its turn already. */
  removeNow(names: readonly string[]): Announcement[] {
    const gone = names.flatMap((name) => this.sources.get(name) ?? []);
    if (gone.length === 0) return [];
    const known = gone.map(({ source }) => source.name);
    const withdrawn = withdrawAll(this.#conference.endpoints.values(), known);
    for (const { source, producer } of gone) {
      this.sources.delete(source.name);
      this.#conference.voices.remove(producer.id);
      producer.close();
    }
    const left = this.owners().union(new Set(this.#conference.endpoints.keys()));
    for (const { source } of gone) if (!left.has(source.owner)) this.#conference.voices.forget(source.owner);
    this.touch();
    this.#conference.refreshAll();
    return withdrawn;
  }

  /** Everything that came from a bridge, and all that goes to it. */
  drop(bridge: string): Promise<Announcement[]> {
    for (const fetching of this.#fetching) if (fetching.bridge === bridge) fetching.isDropped = true;
    return this.#conference.serially(async () => {
      const came = [...this.sources.values()].filter((sending) => sending.relay.peer.bridge === bridge);
      const withdrawn = this.removeNow(came.map(({ source }) => source.name));
      const relay = this.current.get(bridge);
      if (relay) this.#retire(relay);
      return withdrawn;
    });
  }

  /** Another bridge asks for sources of ours. */
  serve(request: RelaySourcesRequest) {
    return this.#conference.serially(async () => {
      const end = unwrap(readRelayEnd(request.transport));
      const peer = { bridge: request.bridge, instance: request.instance };
      let relay = await this.#relayTo(peer);
      if (relay.otherEnd !== undefined && relay.otherEnd !== end.id) {
        this.#retire(relay);
        relay = await this.#relayTo(peer);
      }
      if (!(await this.#meet(relay, end))) throw ended();
      const sendings = request.names.flatMap((name) => this.#conference.findSending(name) ?? []);
      const crossings = await orEnded(relay, () =>
        Promise.all(sendings.map((sending) => relay.cross(sending, this.#offer))),
      );
      this.touch();
      return {
        transport: relay.describe(),
        sources: crossings.map((crossing) => describeCrossing(crossing, this.#offer)),
      };
    });
  }

  hearState(state: RelayState): void {
    const relay = this.#heard(state.from, state.fromInstance);
    if (!relay || relay.otherEnd !== state.relay) return;
    for (const name of relay.crossings.keys()) {
      const wish = state.wishes[name];
      relay.want(name, wish ? { maxHeight: wish.maxHeight, layers: wish.layers.toSorted((a, b) => a - b) } : nothing);
    }
    let hasChanged = false;
    for (const sending of this.sources.values()) {
      const said = state.sources[sending.source.name];
      if (said && sending.relay === relay)
        hasChanged = sending.hear(readState(said, sending.source.videoType)) || hasChanged;
    }
    if (hasChanged) this.#conference.refreshAll();
    const before = relay.silent;
    relay.silent = new Set(state.silentEndpoints);
    for (const endpoint of relay.silent.difference(before)) this.#conference.channels.hearConnectivity(endpoint, false);
    for (const endpoint of before.difference(relay.silent)) this.#conference.channels.hearConnectivity(endpoint, true);
  }

  hearMessage(message: RelayMessage): void {
    if (this.#heard(message.from, message.fromInstance)) this.#conference.channels.deliver(message);
  }

  /** A bridge channel message, once to each bridge. */
  pass({ sender, to, text, isStats }: RelayedEnvelope): void {
    const { bridge: from, instance: fromInstance } = this.#link;
    const conference = this.#conference.id;
    for (const { peer } of this.current.values())
      this.#link.pass(peer.bridge, { conference, from, fromInstance, sender, to, text, isStats });
  }

  /** A source of ours is gone. */
  stop(name: string): void {
    for (const relay of this.current.values()) relay.stop(name);
  }

  /** Something may have changed that other bridges are to know. */
  touch(): void {
    if (!this.#isClosed) this.#telling.touch();
  }

  close(): void {
    this.#isClosed = true;
    this.#telling.close();
    for (const relay of this.current.values()) relay.close();
    this.current.clear();
    this.sources.clear();
  }

  #heard(bridge: string, instance: string): Relay | undefined {
    const relay = this.current.get(bridge);
    return relay?.peer.instance === instance ? relay : undefined;
  }

  /** Also asks for what is there already: that the other end still is the same only it can say. */
  async #ask(peer: RelayPeer, epoch: bigint, fetching: Fetching) {
    const { bridge, instance } = this.#link;
    for (let attempt = 0; attempt < attempts && !fetching.isDropped; attempt += 1) {
      const relay = await this.#relayTo(peer);
      const request = { epoch, bridge, instance, toInstance: peer.instance, names: [...fetching.names] };
      try {
        const conference = this.#conference.id;
        const answer = await this.#link.ask(peer.bridge, { ...request, conference, transport: relay.describe() });
        const end = unwrap(readRelayEnd(answer.transport));
        if (await this.#meet(relay, end)) return { relay, relayed: answer.sources };
        this.#retire(relay);
      } catch (error) {
        // One for another process than before is of no use unless that one answers.
        if (this.current.get(peer.bridge) !== relay) relay.close();
        throw error;
      }
    }
    throw ended();
  }

  /** What it replaces was for an earlier process of the other bridge. */
  async #meet(relay: Relay, end: RelayEnd): Promise<boolean> {
    if (!(await orEnded(relay, () => relay.meet(end)))) return false;
    if (this.current.get(relay.peer.bridge) !== relay) this.#install(relay);
    return true;
  }

  /** Makes producers of what comes, and consumers of those for everybody here. */
  async #take(relay: Relay, relayed: readonly RelayedSource[], asked: readonly SentSource[]): Promise<RemoteChange> {
    if (relay.isClosed) throw ended();
    const byName = new Map(relayed.map((one) => [one.name, one]));
    const fresh = asked.filter((source) => !this.#isThere(relay, source) && !this.#conference.findSending(source.name));
    const withdrawals = this.removeNow(fresh.map(({ name }) => name));
    for (const source of fresh) {
      const one = byName.get(source.name);
      if (one) await this.#produce(relay, source, one);
    }
    const sendings = asked.flatMap((source) =>
      this.#isThere(relay, source) ? (this.sources.get(source.name) ?? []) : [],
    );
    const announcements = announce(this.#conference.endpoints.values(), sendings, this.#conference.consuming);
    this.touch();
    this.#conference.refreshAll();
    return { announcements, withdrawals };
  }

  #isThere(relay: Relay, source: SentSource): boolean {
    const present = this.sources.get(source.name);
    return present !== undefined && present.relay === relay && isSameSource(present.source, source);
  }

  async #produce(relay: Relay, source: SentSource, relayed: RelayedSource): Promise<void> {
    const came = [...this.sources.values()].filter((sending) => sending.relay === relay);
    const used = new Set(came.flatMap((sending) => ssrcsOf(sending.source.encodings)));
    const { medium, encodings, state } = unwrap(readRelayed(relayed, source, this.#offer.capabilities, used));
    const { kind, name, owner } = source;
    const production = { kind, medium, encodings, cname: owner, isPaused: false };
    const producer = await orEnded(relay, () => relay.transport.produce(production));
    if (relay.isClosed) throw ended();
    const given = { source: { ...source, encodings }, producer, relay, state };
    this.sources.set(name, new RemoteSending(given, this.#clock, () => this.touch()));
    if (kind === "audio") this.#conference.voices.add(producer.id, owner);
  }

  /** Our end towards a process of another bridge, made if need be. */
  async #relayTo(peer: RelayPeer): Promise<Relay> {
    const present = this.current.get(peer.bridge);
    if (present?.peer.instance === peer.instance) return present;
    const key = `${peer.bridge} ${peer.instance}`;
    const making = this.#making.get(key) ?? this.#make(peer).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  async #make(peer: RelayPeer): Promise<Relay> {
    const transport = await this.#conference.router.createRelay().catch((error: unknown) => {
      throw this.#isClosed ? ended(error) : error;
    });
    const relay = new Relay(peer, transport, this.#log);
    if (this.#isClosed) relay.close();
    else if (!this.current.has(peer.bridge)) this.#install(relay);
    if (this.#isClosed) throw ended();
    return relay;
  }

  #install(relay: Relay): void {
    const other = this.current.get(relay.peer.bridge);
    if (other) this.#retire(other);
    this.current.set(relay.peer.bridge, relay);
    this.#events.relayMade(this.#conference.id, relay);
  }

  /** What came by it stays known, without media, until the focus has it removed or fetched anew. */
  #retire(relay: Relay): void {
    relay.close();
    if (this.current.get(relay.peer.bridge) === relay) this.current.delete(relay.peer.bridge);
    for (const endpoint of relay.silent) this.#conference.channels.hearConnectivity(endpoint, true);
    this.#events.relayEnded(this.#conference.id, relay);
    this.#conference.refreshAll();
  }
}

/** What may be asked again: a new relay is made then. */
function ended(cause?: unknown): VecheError {
  return new VecheError("unavailable", "the relay ended meanwhile", { cause });
}

/** What the engine refuses because the relay is gone is no fault of its own. */
async function orEnded<T>(relay: Relay, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw relay.isClosed && !(error instanceof VecheError) ? ended(error) : error;
  }
}
