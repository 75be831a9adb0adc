import type { Clock } from "@veche/kit/clock.ts";
import type { Rate } from "../domain/token-bucket.ts";
import { Throttle } from "./throttle.ts";

/** XML of an instance's presence, as of a moment. */
export type ContentAt = (atMs: number) => string;

export type MirrorRules = {
  readonly presencesPerInstance: Rate;
  /** An instance that shows a moment is shown again after so long, though nothing else of it has changed. */
  readonly repeatMs: number;
};

export type MirrorEdges = {
  readonly clock: Clock;
  readonly rules: MirrorRules;
  readonly show: (instance: string, content: string) => void;
  readonly withdraw: (instance: string) => void;
};

type Mirrored = { latest: ContentAt; shown: string; atMs: number; readonly throttle: Throttle };

/** Turns what instances say, heartbeat after heartbeat, into what is new to who watches them. */
export class BreweryMirror {
  readonly #edges: MirrorEdges;
  readonly #instances = new Map<string, Mirrored>();

  constructor(edges: MirrorEdges) {
    this.#edges = edges;
  }

  /** Undefined: it is gone. */
  tell(instance: string, latest: ContentAt | undefined): void {
    if (!latest) {
      if (this.#instances.delete(instance)) this.#edges.withdraw(instance);
      return;
    }
    const { clock, rules } = this.#edges;
    const known = this.#instances.get(instance);
    const mirrored = known ?? { latest, shown: "", atMs: 0, throttle: new Throttle(clock, rules.presencesPerInstance) };
    mirrored.latest = latest;
    this.#instances.set(instance, mirrored);
    if (this.#isNews(mirrored)) mirrored.throttle.run(() => this.#show(instance, mirrored));
  }

  /** What it waited for may be over. */
  #show(instance: string, mirrored: Mirrored): void {
    if (this.#instances.get(instance) !== mirrored || !this.#isNews(mirrored)) return;
    mirrored.atMs = this.#edges.clock.now();
    mirrored.shown = mirrored.latest(mirrored.atMs);
    this.#edges.show(instance, mirrored.shown);
  }

  #isNews({ latest, shown, atMs }: Mirrored): boolean {
    const now = this.#edges.clock.now();
    return latest(now - atMs < this.#edges.rules.repeatMs ? atMs : now) !== shown;
  }
}
