import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type RecorderState, RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { Upstream } from "./upstream.ts";

type Edges = { readonly clock: Clock; readonly log: Log };
type Known = { readonly upstream: Upstream; readonly isWelcome: boolean };

/** Recorders by what they say of themselves: any of them answers for the library of all. */
export class RecorderUpstreams implements Disposable {
  readonly #edges: Edges;
  readonly #known = new Map<string, Known>();
  #wereSeen = false;

  constructor(edges: Edges) {
    this.#edges = edges;
  }

  /** The bus may be there later than the pages. */
  async listen(bus: Bus): Promise<Disposable> {
    const bucket = await bus.bucket(buckets.recorders, RecorderStateSchema);
    const watching = await bucket.watch(({ key, value }) => this.#hear(key, value));
    return { [Symbol.dispose]: () => watching.close() };
  }

  /** Whether there has been one since the start: people are then shown the way to their recordings. */
  get wereSeen(): boolean {
    return this.#wereSeen;
  }

  /** One that listens and is not about to end, where there is a choice; undefined: there is none. */
  pick(): Upstream | undefined {
    const known = [...this.#known.values()];
    const here = known.filter(({ upstream }) => !upstream.isAway);
    return (here.find(({ isWelcome }) => isWelcome) ?? here[0] ?? known[0])?.upstream;
  }

  [Symbol.dispose](): void {
    for (const { upstream } of this.#known.values()) upstream[Symbol.dispose]();
    this.#known.clear();
  }

  #hear(recorder: string, state: RecorderState | undefined): void {
    const before = this.#known.get(recorder);
    const origin = state && readOrigin(state.httpOrigin);
    if (state === undefined || origin === undefined) {
      before?.upstream[Symbol.dispose]();
      this.#known.delete(recorder);
      return;
    }
    const isWelcome = state.healthy && !state.draining;
    if (before?.upstream.origin === origin) {
      this.#known.set(recorder, { ...before, isWelcome });
      return;
    }
    before?.upstream[Symbol.dispose]();
    const upstream = new Upstream({
      name: "recorder",
      origin,
      clock: this.#edges.clock,
      waitMs: 0,
      isReadSlowly: true,
    });
    upstream.watch();
    this.#known.set(recorder, { upstream, isWelcome });
    this.#wereSeen = true;
    this.#edges.log.info({ recorder, origin }, "recorder heard");
  }
}

function readOrigin(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === "http:" ? url.origin : undefined;
  } catch {
    return undefined;
  }
}
