import type { Effect } from "../domain/effects.ts";
import type { HeldEndpoint } from "../domain/inputs.ts";
import type { Announcement, Source } from "../domain/media.ts";
import { avMedia } from "../domain/policy.ts";
import { seenBy } from "./play.ts";

type Of<T extends Effect["type"]> = Extract<Effect, { readonly type: T }>;

/** What a bridge holds of one conference. It does what it is asked for one endpoint in order. */
export class RandomBridge {
  readonly #held = new Map<string, HeldEndpoint>();
  /** What is answered late was done before. */
  readonly #expired = new Set<string>();

  held(): readonly HeldEndpoint[] {
    return [...this.#held.values()];
  }

  has(endpoint: string): boolean {
    return this.#held.has(endpoint);
  }

  /** `isThere`: the process that was asked is still the one that answers. */
  create({ endpoint, jingleSession, bridgeSession, forceMute }: Of<"create-endpoint">, isThere: boolean): Source[] {
    const known = this.#sentByOthers(endpoint);
    if (!isThere || this.#expired.has(jingleSession)) return known;
    const blocked = new Set(avMedia.filter((media) => forceMute[media]));
    const base = { endpoint, jingleSession, bridgeSession, accepted: false, connected: false, blocked };
    this.#held.set(endpoint, { ...base, sources: [], received: known, waiting: known.map(({ name }) => name) });
    return known;
  }

  take(endpoint: string, jingleSession: string, sources: readonly Source[]): Announcement[] {
    const held = this.#of(endpoint, jingleSession);
    if (!held) return [];
    this.#held.set(endpoint, { ...held, accepted: true, sources: [...held.sources, ...sources] });
    return this.held()
      .filter((other) => other.endpoint !== endpoint)
      .map((other) => {
        const seen = seenBy(other.endpoint, sources);
        const names = seen.map(({ name }) => name);
        const received = [...other.received.filter(({ name }) => !names.includes(name)), ...seen];
        this.#held.set(other.endpoint, { ...other, received, waiting: [...other.waiting, ...names] });
        return { receiver: other.endpoint, sources: seen };
      });
  }

  forceMute(muted: Of<"set-force-mute">): void {
    const held = this.#of(muted.endpoint, muted.jingleSession);
    if (held) this.#held.set(muted.endpoint, { ...held, blocked: new Set(avMedia.filter((media) => muted[media])) });
  }

  resume(endpoint: string, jingleSession: string, names: readonly string[]): void {
    const held = this.#of(endpoint, jingleSession);
    if (!held) return;
    this.#held.set(endpoint, { ...held, waiting: held.waiting.filter((name) => !names.includes(name)) });
  }

  expire(endpoint: string, jingleSession: string): void {
    this.#expired.add(jingleSession);
    if (this.#of(endpoint, jingleSession)) this.#held.delete(endpoint);
  }

  lose(endpoint: string): void {
    this.#held.delete(endpoint);
  }

  clear(): void {
    this.#held.clear();
  }

  #of(endpoint: string, jingleSession: string): HeldEndpoint | undefined {
    const held = this.#held.get(endpoint);
    return held?.jingleSession === jingleSession ? held : undefined;
  }

  #sentByOthers(endpoint: string): Source[] {
    const others = this.held().filter((held) => held.endpoint !== endpoint);
    return seenBy(
      endpoint,
      others.flatMap(({ sources }) => [...sources]),
    );
  }
}
