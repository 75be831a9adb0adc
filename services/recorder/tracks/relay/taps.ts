import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { relay, bridge as subjects } from "@veche/proto/subjects.ts";
import type { Tap } from "./tap.ts";

/** From taking a job until its recording is open; less than the focus waits for an answer. */
const openingMs = 1_500;

/** Every conference that this recorder records tracks of: what the focus asks and bridges say is brought to its tap. */
export class Taps implements Disposable {
  readonly #taps = new Map<string, Tap>();
  readonly #waiters = new Set<{ readonly conference: string; readonly resolve: () => void }>();
  readonly #clock: Clock;
  readonly #subscriptions: Subscription[];

  constructor(bus: Bus, recorder: string, clock: Clock) {
    this.#clock = clock;
    const here = { bridge: recorder };
    this.#subscriptions = [
      bus.serve(
        subjects.addRemoteSources,
        async (request) => {
          await (await this.#find(request)).fetch(request);
          return {};
        },
        here,
      ),
      bus.serve(
        subjects.removeRemoteSources,
        (request) => {
          this.#known(request)?.remove(request.names);
          return {};
        },
        here,
      ),
      bus.serve(
        subjects.dropRelay,
        (request) => {
          this.#known(request)?.drop(request.bridge);
          return {};
        },
        here,
      ),
      bus.serve(
        subjects.expireConference,
        (request) => {
          this.#known(request)?.expire();
          return {};
        },
        here,
      ),
      bus.serve(
        subjects.snapshot,
        ({ conferences }) => ({
          conferences: [...this.#taps.values()]
            .filter(({ conference }) => conferences.length === 0 || conferences.includes(conference))
            .map((tap) => tap.describe()),
        }),
        here,
      ),
      bus.subscribe(relay.state, (state) => this.#taps.get(state.conference)?.hear(state), here),
    ];
  }

  has(conference: string): boolean {
    return this.#taps.has(conference);
  }

  add(tap: Tap): void {
    if (this.#taps.has(tap.conference))
      throw new VecheError("already-exists", `tracks of conference ${tap.conference} are recorded here already`);
    this.#taps.set(tap.conference, tap);
    for (const { conference, resolve } of this.#waiters) if (conference === tap.conference) resolve();
  }

  remove(tap: Tap): void {
    if (this.#taps.get(tap.conference) === tap) this.#taps.delete(tap.conference);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.close();
    for (const { resolve } of this.#waiters) resolve();
  }

  /** The focus may have heard of the recording before it could be opened. */
  async #find(request: Addressed): Promise<Tap> {
    if (!this.has(request.conference)) await this.#opened(request.conference);
    const tap = this.#known(request);
    if (tap) return tap;
    throw new VecheError("not-found", `no tracks of conference ${request.conference} are recorded here`);
  }

  /** Resolves when it is, or has not been for a while. */
  async #opened(conference: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { conference, resolve };
    this.#waiters.add(waiter);
    const timer = this.#clock.after(openingMs, resolve);
    await promise;
    timer.cancel();
    this.#waiters.delete(waiter);
  }

  #known({ conference, epoch }: Addressed): Tap | undefined {
    const tap = this.#taps.get(conference);
    tap?.fence(epoch);
    return tap;
  }
}

type Addressed = { readonly conference: string; readonly epoch: bigint };
