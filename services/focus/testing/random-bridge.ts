import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Effect } from "../domain/effects.ts";
import type { HeldConference, HeldEndpoint } from "../domain/inputs.ts";
import type { Announcement, Source } from "../domain/media.ts";
import { avMedia } from "../domain/policy.ts";

type Of<T extends Effect["type"]> = Extract<Effect, { readonly type: T }>;
type Fetched = { readonly source: Source; readonly bridge: string; readonly instance: string };

/** What one process of a bridge holds of one conference. It gives each receiver SSRCs that it has given nobody before. */
export class RandomBridge {
  readonly id: string;
  readonly instance: string;
  readonly #held = new Map<string, HeldEndpoint>();
  readonly #remote = new Map<string, Fetched>();
  readonly #nextSsrc: () => number;

  constructor(id: string, instance: string, nextSsrc: () => number) {
    this.id = id;
    this.instance = instance;
    this.#nextSsrc = nextSsrc;
  }

  held(): readonly HeldEndpoint[] {
    return [...this.#held.values()];
  }

  find(endpoint: string): HeldEndpoint | undefined {
    return this.#held.get(endpoint);
  }

  /** Names of what it has from other bridges. */
  get remoteNames(): readonly string[] {
    return [...this.#remote.keys()];
  }

  get isEmpty(): boolean {
    return this.#held.size + this.#remote.size === 0;
  }

  snapshot(): HeldConference {
    const groups = Map.groupBy([...this.#remote], ([, { bridge, instance }]) => `${bridge} ${instance}`);
    const remote = [...groups].map(([of, entries]) => {
      const [bridge = "", instance = ""] = of.split(" ");
      return { bridge, instance, names: entries.map(([name]) => name) };
    });
    return { bridge: this.id, instance: this.instance, region: "", speaker: "", endpoints: this.held(), remote };
  }

  create({ endpoint, jingleSession, bridgeSession, forceMute }: Of<"create-endpoint">): readonly Source[] {
    this.lose(endpoint);
    const sent = [...this.#held.values()].flatMap(({ sources }) => [...sources]);
    const fetched = [...this.#remote.values()].map(({ source }) => source);
    const received = [...sent, ...fetched].map((source) => this.#personal(source));
    const blocked = new Set(avMedia.filter((media) => forceMute[media]));
    const base = { endpoint, jingleSession, bridgeSession, accepted: false, connected: false, blocked };
    this.#held.set(endpoint, { ...base, sources: [], received, waiting: received.map(({ name }) => name) });
    return received;
  }

  take(endpoint: string, jingleSession: string, sources: readonly Source[]): readonly Announcement[] {
    if (!this.#of(endpoint, jingleSession)) return [];
    for (const { name } of sources) this.#forget(name);
    const held = this.#of(endpoint, jingleSession);
    if (!held) return [];
    this.#held.set(endpoint, { ...held, accepted: true, sources: [...held.sources, ...sources] });
    return this.#tell(
      this.held().filter((other) => other.endpoint !== endpoint),
      sources,
    );
  }

  remove(endpoint: string, jingleSession: string, names: readonly string[]): void {
    const held = this.#of(endpoint, jingleSession);
    if (!held) return;
    this.#held.set(endpoint, { ...held, sources: held.sources.filter(({ name }) => !names.includes(name)) });
    this.#untell(names);
  }

  fetch({ bridge, instance, find }: RelayedFrom, wanted: readonly Source[]): readonly Announcement[] {
    const sources = wanted.filter(({ name }) => find(name));
    const fresh = sources.filter(({ name, ssrcs }) => {
      const known = this.#remote.get(name);
      return known?.instance !== instance || known.source.ssrcs.join() !== ssrcs.join();
    });
    for (const { name } of fresh) this.#forget(name);
    for (const source of fresh) this.#remote.set(source.name, { source, bridge, instance });
    this.#tell(this.held(), fresh);
    const names = new Set(sources.map(({ name }) => name));
    return this.held().map(({ endpoint: receiver, received }) => {
      return { receiver, sources: received.filter(({ name }) => names.has(name)) };
    });
  }

  forget(names: readonly string[]): void {
    for (const name of names) this.#forget(name);
  }

  drop(bridge: string): void {
    for (const [name, fetched] of this.#remote) if (fetched.bridge === bridge) this.#forget(name);
  }

  sends(name: string): boolean {
    return this.held().some(({ sources }) => sources.some((source) => source.name === name));
  }

  forceMute(muted: Of<"set-force-mute">): void {
    const held = this.#of(muted.endpoint, muted.jingleSession);
    if (held) this.#held.set(muted.endpoint, { ...held, blocked: new Set(avMedia.filter((media) => muted[media])) });
  }

  resume(endpoint: string, jingleSession: string, names: readonly string[]): void {
    const held = this.#of(endpoint, jingleSession);
    if (held) this.#held.set(endpoint, { ...held, waiting: held.waiting.filter((name) => !names.includes(name)) });
  }

  expire(endpoint: string, jingleSession: string): void {
    if (this.#of(endpoint, jingleSession)) this.lose(endpoint);
  }

  lose(endpoint: string): void {
    const names = this.#held.get(endpoint)?.sources.map(({ name }) => name) ?? [];
    this.#held.delete(endpoint);
    this.#untell(names);
  }

  clear(): void {
    this.#held.clear();
    this.#remote.clear();
  }

  #of(endpoint: string, jingleSession: string): HeldEndpoint | undefined {
    const held = this.#held.get(endpoint);
    return held?.jingleSession === jingleSession ? held : undefined;
  }

  #tell(receivers: readonly HeldEndpoint[], sources: readonly Source[]): readonly Announcement[] {
    const names = new Set(sources.map(({ name }) => name));
    return receivers.map(({ endpoint, received, waiting, ...rest }) => {
      const seen = sources.map((source) => this.#personal(source));
      this.#held.set(endpoint, {
        ...rest,
        endpoint,
        received: [...received.filter(({ name }) => !names.has(name)), ...seen],
        waiting: [...waiting.filter((name) => !names.has(name)), ...names],
      });
      return { receiver: endpoint, sources: seen };
    });
  }

  #forget(name: string): void {
    if (this.#remote.delete(name)) this.#untell([name]);
  }

  #untell(names: readonly string[]): void {
    for (const { endpoint, received, waiting, ...rest } of this.held()) {
      this.#held.set(endpoint, {
        ...rest,
        endpoint,
        received: received.filter(({ name }) => !names.includes(name)),
        waiting: waiting.filter((name) => !names.includes(name)),
      });
    }
  }

  #personal(source: Source): Source {
    if (source.kind === MediaKind.AUDIO) return { ...source, ssrcs: [this.#nextSsrc()], groups: [] };
    const ssrcs = [this.#nextSsrc(), this.#nextSsrc()];
    return { ...source, ssrcs, groups: [{ semantics: "FID", ssrcs }] };
  }
}

export type RelayedFrom = {
  readonly bridge: string;
  readonly instance: string;
  /** Whether it sends that. */
  readonly find: (name: string) => boolean;
};
