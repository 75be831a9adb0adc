import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { missing, pictureLoss, receiverReport, reportsPerPacket } from "@veche/kit/rtp/rtcp.ts";
import type { AddRemoteSourcesRequest, RelayState } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { MediaKind, type Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { trackLimits } from "../limits.ts";
import { Track, type TrackSurroundings } from "../track.ts";
import type { RelayLink } from "./link.ts";
import { RelayEnd, type RelayPlace, type Rubbish } from "./relay-end.ts";
import { readOtherEnd, readRelayed } from "./relayed.ts";

/** Both ends may be made anew while one asks the other. */
const attempts = 3;
/** A camera is recorded no higher than a good picture of a call; a screen as it is. */
const cameraHeight = 720;
const tickMs = 50;
const reportMs = 1_000;
const tellMs = 10_000;
/** Bridges say every ten seconds how their sources are: one that doesn't may have another end by now. */
const silentMs = 25_000;
/** A source that its bridge no longer speaks of and that is silent is gone. */
const goneMs = 3_000;

type Peer = { readonly bridge: string; readonly instance: string };

/** What is fetched from one process of a bridge. */
type Relay = {
  readonly peer: Peer;
  readonly end: RelayEnd;
  readonly tracks: Map<string, Track>;
  readonly bySsrc: Map<number, Track>;
  /** As the focus described them, for asking again. */
  readonly asked: Map<string, Source>;
  heardAt: number;
  unmentioned: ReadonlySet<string>;
};

export type TapGiven = {
  readonly conference: string;
  readonly link: RelayLink;
  readonly place: RelayPlace;
  readonly log: Log;
  readonly withVideo: boolean;
  readonly tracks: Omit<TrackSurroundings, "askForKey" | "askForPackets">;
  /** ms, by a clock that is never set. */
  readonly now: () => number;
  readonly onExpired: () => void;
};

/**
 * A recorder's part in a conference. To bridges it is one more of them, that fetches all there is and shows it to nobody
 * (services/decisions/0010-several-bridges.md); the focus tells it what there is.
 */
export class Tap {
  readonly conference: string;
  readonly #given: TapGiven;
  readonly #relays = new Map<string, Relay>();
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #timers: NodeJS.Timeout[];
  readonly #closing = new Set<Promise<void>>();
  #epoch = 0n;
  #isClosed = false;

  constructor(given: TapGiven) {
    this.conference = given.conference;
    this.#given = given;
    this.#timers = [
      setInterval(() => this.#tick(), tickMs),
      setInterval(() => this.#report(), reportMs),
      setInterval(() => this.#tellAll(), tellMs),
    ];
  }

  get tracks(): readonly Track[] {
    return [...this.#relays.values()].flatMap(({ tracks }) => [...tracks.values()]);
  }

  /** Packets that were of no use. */
  get rubbish(): Rubbish {
    const sum = { foreign: 0, large: 0, spoilt: 0 };
    for (const { end } of this.#relays.values())
      for (const key of ["foreign", "large", "spoilt"] as const) sum[key] += end.rubbish[key];
    return sum;
  }

  get receivedBytes(): number {
    return [...this.#relays.values()].reduce((sum, { end }) => sum + end.receivedBytes, 0);
  }

  /** Names of what is fetched, by bridge. */
  describe() {
    const remote = [...this.#relays.values()].map(({ peer, tracks }) => ({ ...peer, names: [...tracks.keys()] }));
    return { conference: this.conference, epoch: this.#epoch, remote };
  }

  /** Refuses a focus that another one has taken over from. */
  fence(epoch: bigint): void {
    if (epoch < this.#epoch)
      throw new VecheError("failed-precondition", `expected epoch ${this.#epoch} or later, found ${epoch}`);
    this.#epoch = epoch;
  }

  async fetch({ bridge, instance, sources }: AddRemoteSourcesRequest): Promise<void> {
    const wanted = sources.filter(({ kind }) => this.#given.withVideo || kind === MediaKind.AUDIO);
    const names = new Set([...this.tracks.map(({ source }) => source.name), ...wanted.map(({ name }) => name)]);
    if (names.size > trackLimits.sources)
      throw new VecheError("resource-exhausted", `expected at most ${trackLimits.sources} sources`);
    if (wanted.length > 0) await this.#inTurn(bridge, () => this.#ask({ bridge, instance }, wanted));
  }

  remove(names: readonly string[]): void {
    for (const relay of this.#relays.values()) {
      const present = names.filter((name) => relay.asked.has(name));
      for (const name of present) this.#removeFrom(relay, name);
      if (present.length > 0) this.#tell(relay);
    }
  }

  drop(bridge: string): void {
    const relay = this.#relays.get(bridge);
    if (relay) this.#retire(relay);
  }

  hear(state: RelayState): void {
    const relay = this.#relays.get(state.from);
    if (!relay || relay.peer.instance !== state.fromInstance || relay.end.otherEnd !== state.relay) return;
    relay.heardAt = this.#given.now();
    relay.unmentioned = new Set([...relay.tracks.keys()].filter((name) => !(name in state.sources)));
  }

  /** The conference is over. */
  expire(): void {
    this.#given.onExpired();
  }

  async sync(): Promise<void> {
    for (const track of this.tracks) await track.sync();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const relay of [...this.#relays.values()]) this.#retire(relay);
    await Promise.all(this.#closing);
  }

  /** One question at a time to each bridge. */
  async #inTurn(bridge: string, action: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(bridge) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(action);
    this.#tails.set(bridge, turn);
    try {
      await turn;
    } finally {
      if (this.#tails.get(bridge) === turn) this.#tails.delete(bridge);
    }
  }

  async #ask(peer: Peer, sources: readonly Source[]): Promise<void> {
    const { link } = this.#given;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const relay = await this.#relayTo(peer);
      const asked = new Map([...relay.asked, ...sources.map((source) => [source.name, source] as const)]);
      const answer = await link.ask(peer.bridge, {
        conference: this.conference,
        epoch: this.#epoch,
        bridge: link.recorder,
        instance: link.instance,
        toInstance: peer.instance,
        transport: relay.end.describe(),
        names: [...asked.keys()],
      });
      if (relay.end.isClosed) continue;
      if (!relay.end.meet(readOtherEnd(answer.transport))) {
        this.#retire(relay);
        continue;
      }
      relay.heardAt = this.#given.now();
      for (const source of sources) relay.asked.set(source.name, source);
      for (const relayed of answer.sources) {
        const source = relay.asked.get(relayed.name);
        const read = source && readRelayed(relayed, source);
        if (read) this.#take(relay, read);
      }
      this.#tell(relay);
      return;
    }
    throw new VecheError("unavailable", "the relay ended meanwhile");
  }

  async #relayTo(peer: Peer): Promise<Relay> {
    const present = this.#relays.get(peer.bridge);
    if (present?.peer.instance === peer.instance) return present;
    if (present) this.#retire(present);
    if (this.#relays.size >= trackLimits.relays)
      throw new VecheError("resource-exhausted", `expected at most ${trackLimits.relays} bridges`);
    const bySsrc = new Map<number, Track>();
    const { now, place } = this.#given;
    const end = await RelayEnd.open(place, {
      knows: (ssrc) => bySsrc.has(ssrc),
      onPacket: (packet) => bySsrc.get(packet.ssrc)?.push(packet, now()),
      onReport: (ssrc, time) => bySsrc.get(ssrc)?.hearReport(time, now()),
    });
    if (this.#isClosed) {
      end.close();
      throw new VecheError("unavailable", "the recording has ended");
    }
    const relay = {
      peer,
      end,
      tracks: new Map(),
      bySsrc,
      asked: new Map(),
      heardAt: now(),
      unmentioned: new Set<string>(),
    };
    this.#relays.set(peer.bridge, relay);
    return relay;
  }

  #take(relay: Relay, source: Track["source"]): void {
    const present = relay.tracks.get(source.name);
    if (present?.source.ssrc === source.ssrc) return;
    // It may have come from another bridge until now.
    for (const other of this.#relays.values())
      if (other.tracks.has(source.name)) this.#removeFrom(other, source.name, relay);
    const track = new Track(source, {
      ...this.#given.tracks,
      askForKey: (ssrc) => relay.end.say(pictureLoss(ssrc)),
      askForPackets: (ssrc, sequences) => relay.end.say(missing(ssrc, sequences)),
    });
    relay.tracks.set(source.name, track);
    relay.bySsrc.set(source.ssrc, track);
    if (source.rtxSsrc !== undefined) relay.bySsrc.set(source.rtxSsrc, track);
  }

  /** `keeper`: where it is asked for still. */
  #removeFrom(relay: Relay, name: string, keeper?: Relay): void {
    if (relay !== keeper) relay.asked.delete(name);
    const track = relay.tracks.get(name);
    if (!track) return;
    relay.tracks.delete(name);
    for (const [ssrc, one] of relay.bySsrc) if (one === track) relay.bySsrc.delete(ssrc);
    const closed = track.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  #retire(relay: Relay): void {
    for (const name of [...relay.tracks.keys()]) this.#removeFrom(relay, name);
    relay.asked.clear();
    this.#tell(relay);
    relay.end.close();
    if (this.#relays.get(relay.peer.bridge) === relay) this.#relays.delete(relay.peer.bridge);
  }

  #tick(): void {
    const now = this.#given.now();
    for (const relay of this.#relays.values()) {
      for (const track of relay.tracks.values()) track.tick(now);
      for (const name of relay.unmentioned) {
        const track = relay.tracks.get(name);
        if (track && now - track.heardAt > goneMs) this.#removeFrom(relay, name);
      }
    }
  }

  #report(): void {
    const now = this.#given.now();
    for (const relay of this.#relays.values()) {
      const reports = [...relay.tracks.values()].flatMap((track) => track.report(now) ?? []);
      for (let at = 0; at < reports.length; at += reportsPerPacket)
        relay.end.say(receiverReport(reports.slice(at, at + reportsPerPacket)));
      if (now - relay.heardAt > silentMs) this.#askAgain(relay, now);
    }
  }

  /** The bridge may have lost its end without anybody having noticed. */
  #askAgain(relay: Relay, now: number): void {
    relay.heardAt = now;
    const { peer, asked } = relay;
    this.#inTurn(peer.bridge, () => this.#ask(peer, [...asked.values()])).catch((error: unknown) => {
      this.#given.log.debug({ err: error, bridge: peer.bridge }, "a bridge that says nothing could not be asked");
    });
  }

  #tellAll(): void {
    for (const relay of this.#relays.values()) this.#tell(relay);
  }

  #tell({ end, peer, tracks }: Relay): void {
    if (end.otherEnd === undefined) return;
    const { link } = this.#given;
    link.tell(peer.bridge, {
      conference: this.conference,
      from: link.recorder,
      fromInstance: link.instance,
      relay: end.id,
      wishes: Object.fromEntries([...tracks].map(([name, { source }]) => [name, wishFor(source)])),
    });
  }
}

/** Sound; the best layer of a camera up to its height; all of a screen. */
function wishFor({ kind, content, topLayer }: Track["source"]) {
  if (kind === "audio") return { maxHeight: 0, layers: [0] };
  return { maxHeight: content === "camera" ? cameraHeight : -1, layers: [topLayer] };
}
