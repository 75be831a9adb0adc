import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { BridgeHeartbeat } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { BridgeView } from "../domain/bridge-selection/bridge.ts";

export const directoryTimes = {
  /** Without a heartbeat for this long a bridge counts as lost. */
  silenceMs: 2_500,
  checkMs: 250,
  /** After our own connection was lost, or this process stood still, the others' silence proves nothing. */
  graceMs: 5_000,
  /** An allocation weighs on the choice until the bridge's own figure holds it. */
  allocationMs: 10_000,
} as const;

/** Asked of a bridge to hear that it is there, and nothing else. */
const noConference = "none";

export type DirectoryListener = {
  readonly onLost: (bridge: string, instance: string, reason: string) => void;
  readonly onReturned: (bridge: string, instance: string) => void;
  /** One is there that was not. */
  readonly onAppeared: (bridge: string) => void;
  /** One can take work that could not, or was not there; or one is to be left. */
  readonly onChanged: () => void;
};

export type DirectoryGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly averageStress: number;
  /** From here on a bridge takes no new conference. */
  readonly stressLimit: number;
  readonly listener: DirectoryListener;
};

type Known = {
  state: BridgeHeartbeat;
  heardMs: number;
  isLost: boolean;
  /** It said so itself: what it still says while it carries on to the end is no return. */
  isGoing: boolean;
  allocations: number[];
};

/** Every bridge heard of, by its heartbeats. */
export class BridgeDirectory implements Disposable {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #averageStress: number;
  readonly #stressLimit: number;
  readonly #listener: DirectoryListener;
  readonly #known = new Map<string, Known>();
  readonly #open: Subscription[];
  readonly #timer: Timer;
  #lastCheckMs: number;
  #trustedFromMs: number;
  #lostTotal = 0;

  constructor({ bus, clock, averageStress, stressLimit, listener }: DirectoryGiven) {
    this.#bus = bus;
    this.#clock = clock;
    this.#averageStress = averageStress;
    this.#stressLimit = stressLimit;
    this.#listener = listener;
    this.#lastCheckMs = clock.now();
    this.#trustedFromMs = clock.now();
    this.#open = [
      bus.subscribe(bridge.heartbeat, (state) => this.note(state)),
      bus.subscribe(bridge.down, ({ bridge: id, instance }) => this.#noteDown(id, instance)),
      bus.onConnection((isConnected) => this.#connectionChanged(isConnected)),
    ];
    this.#timer = clock.every(directoryTimes.checkMs, () => this.#check(bus.isConnected));
  }

  /** Those that are there. */
  views(): readonly BridgeView[] {
    const now = this.#clock.now();
    return [...this.#known.values()].filter(({ isLost }) => !isLost).map((known) => this.#viewOf(known, now));
  }

  get total(): number {
    return this.views().length;
  }

  get operational(): number {
    return this.views().filter(({ healthy }) => healthy).length;
  }

  get lostTotal(): number {
    return this.#lostTotal;
  }

  states(): readonly BridgeHeartbeat[] {
    return [...this.#known.values()].filter(({ isLost }) => !isLost).map(({ state }) => state);
  }

  note(state: BridgeHeartbeat): void {
    const before = this.#known.get(state.bridge);
    if (before?.isGoing && before.state.instance === state.instance) return;
    const isNewInstance = before !== undefined && before.state.instance !== state.instance;
    if (before && isNewInstance) this.#lose(state.bridge, before.state.instance, "failure");
    const wasLost = before?.isLost === true && !isNewInstance;
    const allocations = isNewInstance ? [] : (before?.allocations ?? []);
    this.#known.set(state.bridge, { state, heardMs: this.#clock.now(), isLost: false, isGoing: false, allocations });
    if (wasLost) this.#listener.onReturned(state.bridge, state.instance);
    const isNew = !before || isNewInstance || wasLost;
    if (isNew || this.#isNews(before.state, state)) this.#listener.onChanged();
    if (isNew) this.#listener.onAppeared(state.bridge);
  }

  /** A request found nobody there, or a bridge that can't do it now: whether it is there at all shows at once. */
  async suspect(id: string, instance: string): Promise<void> {
    try {
      const request = { conferences: [noConference] };
      await this.#bus.request(bridge.snapshot, { bridge: id }, request, { timeoutMs: directoryTimes.silenceMs });
    } catch (error) {
      if (toVecheError(error).code === "unavailable") this.#lose(id, instance, "failure");
    }
  }

  noteAllocation(id: string): void {
    this.#known.get(id)?.allocations.push(this.#clock.now());
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    for (const subscription of this.#open) subscription.close();
  }

  #viewOf({ state, allocations }: Known, now: number): BridgeView {
    const recent = allocations.filter((at) => now - at < directoryTimes.allocationMs);
    allocations.splice(0, allocations.length, ...recent);
    const { bridge: id, instance, region, version, healthy, draining } = state;
    return {
      id,
      instance,
      region,
      version,
      healthy,
      draining,
      stress: state.stress + recent.length * this.#averageStress,
    };
  }

  #noteDown(id: string, instance: string): void {
    const known = this.#known.get(id);
    if (known?.state.instance !== instance) return;
    known.isGoing = true;
    this.#lose(id, instance, "drain");
  }

  #lose(id: string, instance: string, reason: string): void {
    const known = this.#known.get(id);
    if (known?.state.instance !== instance || known.isLost) return;
    known.isLost = true;
    this.#lostTotal += 1;
    this.#listener.onLost(id, instance, reason);
  }

  #connectionChanged(isConnected: boolean): void {
    if (isConnected) this.#trustedFromMs = this.#clock.now() + directoryTimes.graceMs;
  }

  #check(isConnected: boolean): void {
    const now = this.#clock.now();
    const stoodStillMs = now - this.#lastCheckMs - directoryTimes.checkMs;
    this.#lastCheckMs = now;
    if (stoodStillMs > directoryTimes.silenceMs / 2) this.#trustedFromMs = now + directoryTimes.graceMs;
    if (!isConnected || now < this.#trustedFromMs) return;
    for (const [id, { state, heardMs }] of this.#known) {
      if (now - heardMs >= directoryTimes.silenceMs) this.#lose(id, state.instance, "failure");
    }
  }

  /** It takes work that took none, or is to be left. */
  #isNews(before: BridgeHeartbeat, state: BridgeHeartbeat): boolean {
    return (this.#takesWork(state) && !this.#takesWork(before)) || (state.draining && !before.draining);
  }

  #takesWork({ healthy, draining, stress }: BridgeHeartbeat): boolean {
    return healthy && !draining && stress < this.#stressLimit;
  }
}
