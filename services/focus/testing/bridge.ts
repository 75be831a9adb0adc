import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Source } from "../domain/media.ts";
import { type AvMedia, avMedia } from "../domain/policy.ts";
import { type Fetched, remoteOf, serveRelays } from "./bridge-relays.ts";
import { aMicrophone, aPlainTransport, aTransport, someDescriptions, soundAlone } from "./samples.ts";

type Endpoint = {
  readonly id: string;
  readonly jingleSession: string;
  readonly bridgeSession: string;
  /** A telephone call's: sound alone. */
  readonly plain: boolean;
  isAccepted: boolean;
  isConnected: boolean;
  lastN: number | undefined;
  readonly sent: Map<string, Source>;
  readonly received: Map<string, Source>;
  readonly waiting: Set<string>;
  /** Held back by the bridge. */
  blocked: readonly AvMedia[];
};

type Told = { readonly receiver: string; readonly sources: Source[] };

type Held = {
  epoch: bigint;
  room: string;
  readonly endpoints: Map<string, Endpoint>;
  /** Fetched from other bridges, by name. */
  readonly remote: Map<string, Fetched>;
};

export type FakeBridgeGiven = { readonly bus: Bus; readonly clock: Clock; readonly id: string };

/** A bridge without media: it gives every receiver SSRCs of its own, keeps what it was told, and answers as one does. */
export class FakeBridge implements Disposable {
  readonly id: string;
  readonly conferences = new Map<string, Held>();
  /** Every request, as "verb endpoint". */
  readonly asked: string[] = [];
  instance: string;
  healthy = true;
  draining = false;
  stress = 0;
  region = "here";
  version = "1";
  /** What each invitation and accept takes it. */
  answersAfterMs = 0;
  /** Codes that the next requests of a verb are refused with. */
  readonly refusals = new Map<string, VecheError[]>();
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #open: Subscription[] = [];
  readonly #timer: Timer;
  /** Stopped, or gone. */
  isSilent = false;
  #nextSsrc = 500_000_001;

  constructor({ bus, clock, id }: FakeBridgeGiven) {
    this.#bus = bus;
    this.#clock = clock;
    this.id = id;
    this.instance = `${id}-1`;
    this.#serve();
    this.#timer = clock.every(1000, () => this.beat());
    this.beat();
  }

  beat(): void {
    if (!this.isSilent) this.#bus.publish(bridge.heartbeat, { bridge: this.id }, this.#state());
  }

  /** As SIGSTOP: nothing is said and nothing answered. */
  stop(): void {
    this.isSilent = true;
    for (const subscription of this.#open.splice(0)) subscription.close();
  }

  wake(): void {
    this.isSilent = false;
    this.#serve();
    this.beat();
  }

  /** As kill -9 and a new start: what was held is gone. */
  restart(): void {
    this.stop();
    this.conferences.clear();
    this.instance = `${this.id}-${Number(this.instance.split("-").at(-1)) + 1}`;
    this.wake();
  }

  leave(): void {
    this.#bus.publish(bridge.down, { bridge: this.id }, { bridge: this.id, instance: this.instance });
    this.stop();
  }

  held(session: string): Held | undefined {
    return this.conferences.get(session);
  }

  endpoint(id: string): Endpoint | undefined {
    for (const { endpoints } of this.conferences.values()) if (endpoints.has(id)) return endpoints.get(id);
    return undefined;
  }

  connected(id: string): void {
    const { conference, endpoint } = this.#find(id);
    endpoint.isConnected = true;
    const { jingleSession } = endpoint;
    const message = { conference, endpoint: id, jingleSession, protocol: "udp" };
    this.#bus.publish(bridge.endpointConnected, { bridge: this.id }, message);
  }

  disconnected(id: string, stage: string): void {
    const { conference, endpoint } = this.#find(id);
    const { jingleSession } = endpoint;
    this.#bus.publish(
      bridge.endpointDisconnected,
      { bridge: this.id },
      { conference, endpoint: id, jingleSession, stage },
    );
  }

  speaks(id: string): void {
    const conference = [...this.conferences.keys()][0] ?? "";
    this.#bus.publish(bridge.dominantSpeakerChanged, { bridge: this.id }, { conference, endpoint: id, previous: "" });
  }

  reacts(endpoint: string, ...reactions: string[]): void {
    const { conference } = this.#find(endpoint);
    this.#bus.publish(bridge.endpointReacted, { bridge: this.id }, { conference, endpoint, reactions });
  }

  /** A worker died. */
  lose(...endpoints: string[]): void {
    for (const id of endpoints) {
      const { conference } = this.#find(id);
      this.conferences.get(conference)?.endpoints.delete(id);
      this.#bus.publish(
        bridge.endpointsLost,
        { bridge: this.id },
        { conference, endpoints: [id], reason: "worker-died" },
      );
    }
  }

  [Symbol.dispose](): void {
    this.stop();
    this.#timer.cancel();
  }

  #state() {
    return {
      bridge: this.id,
      instance: this.instance,
      region: this.region,
      version: this.version,
      healthy: this.healthy,
      draining: this.draining,
      stress: this.stress,
      conferences: this.conferences.size,
    };
  }

  #serve(): void {
    const { id } = this;
    const mine = { bridge: id };
    this.#open.push(
      this.#bus.serve(
        bridge.createEndpoint,
        async ({ conference, epoch, room, endpoint, jingleSession, bridgeSession, forceMute, plain }) => {
          this.#note("create", endpoint);
          await this.#work();
          const held = this.#enter(conference, epoch, room);
          this.#forget(held, endpoint);
          const received = new Map<string, Source>();
          for (const other of held.endpoints.values()) {
            for (const source of other.sent.values())
              if (canReceive(plain, source)) received.set(source.name, this.#personal(source));
          }
          for (const { source } of held.remote.values())
            if (canReceive(plain, source)) received.set(source.name, this.#personal(source));
          held.endpoints.set(endpoint, {
            id: endpoint,
            jingleSession,
            bridgeSession,
            plain,
            isAccepted: false,
            isConnected: false,
            lastN: undefined,
            sent: new Map(),
            received,
            waiting: new Set(received.keys()),
            blocked: blockedBy(forceMute),
          });
          if (plain) {
            const transport = aPlainTransport;
            return { descriptions: soundAlone, transport, sources: [...received.values()], region: this.region };
          }
          const feedback = [aMicrophone("jvb", this.#ssrc()), { ...aMicrophone("jvb", this.#ssrc()), name: "jvb-v0" }];
          return {
            descriptions: someDescriptions,
            transport: { ...aTransport, ufrag: `${endpoint}-${jingleSession}` },
            sources: [...feedback, ...received.values()],
            channelPath: `/colibri-ws/${id}/${conference}/${endpoint}?pwd=x`,
            region: this.region,
          };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.connectEndpoint,
        async ({ conference, endpoint, sources, initialLastN, transport }) => {
          this.#note("connect", endpoint);
          await this.#work();
          const found = this.#endpointOf(conference, endpoint);
          if (found.plain !== (transport?.plain !== undefined))
            throw new VecheError("invalid-argument", "no transport");
          found.lastN = initialLastN;
          found.isAccepted = true;
          return { announcements: this.#take(conference, found, sources) };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.addSources,
        ({ conference, endpoint, sources }) => {
          this.#note("add", endpoint);
          return { announcements: this.#take(conference, this.#endpointOf(conference, endpoint), sources) };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.removeSources,
        ({ conference, endpoint, names }) => {
          this.#note("remove", endpoint);
          this.#drop(conference, this.#endpointOf(conference, endpoint), names);
          return { withdrawals: [] };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.resumeSources,
        ({ conference, endpoint, names }) => {
          this.#note("resume", endpoint);
          const found = this.#endpointOf(conference, endpoint);
          for (const name of names) found.waiting.delete(name);
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        bridge.setForceMute,
        ({ conference, endpoint, audio, video, desktop }) => {
          this.#note("force-mute", endpoint);
          this.#endpointOf(conference, endpoint).blocked = blockedBy({ audio, video, desktop });
          return {};
        },
        mine,
      ),
      this.#bus.serve(
        bridge.restartIce,
        ({ endpoint }) => {
          this.#note("restart-ice", endpoint);
          return { transport: { ...aTransport, ufrag: "again" } };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.expireEndpoint,
        ({ conference, endpoint }) => {
          this.#note("expire", endpoint);
          const held = this.conferences.get(conference);
          if (held) this.#forget(held, endpoint);
          return { withdrawals: [] };
        },
        mine,
      ),
      this.#bus.serve(
        bridge.expireConference,
        ({ conference }) => {
          this.#note("expire-conference", "");
          this.conferences.delete(conference);
          return {};
        },
        mine,
      ),
      this.#bus.serve(bridge.snapshot, (request) => this.#snapshot(request), mine),
      ...serveRelays(this.#bus, this.id, {
        instance: () => this.instance,
        note: (verb, what) => this.#note(verb, what),
        enter: ({ conference, epoch, room }) => this.#enter(conference, epoch, room),
        find: (conference) => this.conferences.get(conference),
        personal: (source) => this.#personal(source),
      }),
    );
  }

  async #work(): Promise<void> {
    const ms = this.answersAfterMs;
    if (ms > 0) await new Promise<void>((resolve) => void this.#clock.after(ms, resolve));
  }

  #enter(conference: string, epoch: bigint, room: string): Held {
    const held = this.conferences.get(conference) ?? { epoch, room, endpoints: new Map(), remote: new Map() };
    if (epoch < held.epoch) throw new VecheError("failed-precondition", "an epoch that is over");
    held.epoch = epoch;
    this.conferences.set(conference, held);
    return held;
  }

  /** One endpoint a page, so that whoever asks has to turn them. */
  #snapshot({ conferences, page }: { readonly conferences: readonly string[]; readonly page: string }) {
    const wanted = [...this.conferences].filter(([id]) => conferences.length === 0 || conferences.includes(id));
    const pages = wanted.flatMap(([conference, { epoch, room, endpoints, remote }]) => {
      const base = { conference, room, epoch, dominantSpeaker: "" };
      return [
        { ...base, remote: remoteOf(remote), endpoints: [] },
        ...[...endpoints.values()].map((one) => ({ ...base, remote: [], endpoints: [toSnapshot(one)] })),
      ];
    });
    const at = Number(page);
    const nextPage = at + 1 < pages.length ? String(at + 1) : "";
    return { state: this.#state(), conferences: pages.slice(at, at + 1), nextPage };
  }

  #note(verb: string, endpoint: string): void {
    this.asked.push(endpoint === "" ? verb : `${verb} ${endpoint}`);
    const refusal = this.refusals.get(verb)?.shift();
    if (refusal) throw refusal;
  }

  #take(conference: string, owner: Endpoint, sources: readonly Source[]): Told[] {
    const announcements: Told[] = [];
    for (const source of sources) {
      owner.sent.set(source.name, source);
      this.conferences.get(conference)?.remote.delete(source.name);
    }
    for (const other of this.conferences.get(conference)?.endpoints.values() ?? []) {
      if (other === owner) continue;
      const personal = sources
        .filter((source) => canReceive(other.plain, source))
        .map((source) => this.#personal(source));
      for (const source of personal) {
        other.received.set(source.name, source);
        other.waiting.add(source.name);
      }
      if (personal.length > 0) announcements.push({ receiver: other.id, sources: personal });
    }
    return announcements;
  }

  #drop(conference: string, owner: Endpoint, names: readonly string[]): void {
    for (const name of names) {
      owner.sent.delete(name);
      for (const other of this.conferences.get(conference)?.endpoints.values() ?? []) {
        other.received.delete(name);
        other.waiting.delete(name);
      }
    }
  }

  #forget(held: Held, endpoint: string): void {
    const old = held.endpoints.get(endpoint);
    held.endpoints.delete(endpoint);
    for (const other of held.endpoints.values()) {
      for (const name of old?.sent.keys() ?? []) {
        other.received.delete(name);
        other.waiting.delete(name);
      }
    }
  }

  #personal(source: Source): Source {
    const { name, owner, kind, videoType, msid } = source;
    const same = { name, owner, kind, videoType, msid };
    if (kind === MediaKind.AUDIO) return { ...same, ssrcs: [this.#ssrc()], groups: [] };
    const ssrcs = [this.#ssrc(), this.#ssrc()];
    return { ...same, ssrcs, groups: [{ semantics: "FID", ssrcs }] };
  }

  #ssrc(): number {
    this.#nextSsrc += 1;
    return this.#nextSsrc;
  }

  #endpointOf(conference: string, endpoint: string): Endpoint {
    const found = this.conferences.get(conference)?.endpoints.get(endpoint);
    if (!found) throw new VecheError("not-found", `no endpoint ${endpoint}`);
    return found;
  }

  #find(id: string): { readonly conference: string; readonly endpoint: Endpoint } {
    for (const [conference, { endpoints }] of this.conferences) {
      const endpoint = endpoints.get(id);
      if (endpoint) return { conference, endpoint };
    }
    throw new Error(`the bridge holds no endpoint ${id}`);
  }
}

function canReceive(plain: boolean, { kind }: Source): boolean {
  return !plain || kind === MediaKind.AUDIO;
}

function toSnapshot(endpoint: Endpoint) {
  return {
    endpoint: endpoint.id,
    jingleSession: endpoint.jingleSession,
    bridgeSession: endpoint.bridgeSession,
    accepted: endpoint.isAccepted,
    connected: endpoint.isConnected,
    sources: [...endpoint.sent.values()],
    received: [...endpoint.received.values()],
    waiting: [...endpoint.waiting],
    forceMute: Object.fromEntries(endpoint.blocked.map((media) => [media, true])),
  };
}

/** "audio", "video", "desktop". */
function blockedBy(muted: Partial<Record<AvMedia, boolean>> | undefined): readonly AvMedia[] {
  return avMedia.filter((media) => muted?.[media]);
}
