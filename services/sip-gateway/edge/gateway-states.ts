/** This gateway in the bucket `gateways`, its heartbeat, and the others that are there. */
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type GatewayState, GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { gateway as contracts } from "@veche/proto/subjects.ts";

export type OwnState = Omit<GatewayState, "$typeName" | "$unknown" | "trunks"> & {
  readonly trunks: readonly { readonly trunk: string; readonly registration: string; readonly sipStatus: number }[];
};

export type StatesGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: () => OwnState;
};

const beatMs = 1_000;
const everyMs = 5_000;
/** Changes that come in a burst are told together. */
const burstMs = 100;

export class GatewayStates implements AsyncDisposable {
  readonly #given: StatesGiven;
  readonly #bucket: Bucket<typeof GatewayStateSchema>;
  readonly #others = new Map<string, string>();
  readonly #timers: Timer[] = [];
  #watching: Subscription | undefined;
  #soon: Timer | undefined;
  #storing: Promise<void> = Promise.resolve();
  #isClosed = false;
  #hasTwin = false;

  private constructor(given: StatesGiven, bucket: Bucket<typeof GatewayStateSchema>) {
    this.#given = given;
    this.#bucket = bucket;
  }

  static async open(given: StatesGiven): Promise<GatewayStates> {
    const states = new GatewayStates(given, await given.bus.bucket(buckets.gateways, GatewayStateSchema));
    let isBeginning = true;
    states.#watching = await states.#bucket.watch(({ key, value }) => {
      if (value === undefined) states.#others.delete(key);
      else if (key !== given.state().gateway) states.#others.set(key, value.instance);
      else if (!isBeginning) states.#lookAtTwin(value);
    });
    isBeginning = false;
    return states;
  }

  /** Instances of the others, by gateway. */
  get others(): ReadonlyMap<string, string> {
    return this.#others;
  }

  start(): void {
    const { clock } = this.#given;
    this.#beat();
    this.tell();
    this.#timers.push(
      clock.every(beatMs, () => this.#beat()),
      clock.every(everyMs, () => this.tell()),
    );
  }

  /** Between the regular times, when something has changed. */
  tell(): void {
    if (this.#isClosed) return;
    this.#soon ??= this.#given.clock.after(burstMs, () => {
      this.#soon = undefined;
      this.#storing = this.#storing.then(() => this.#store());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#soon?.cancel();
    this.#watching?.close();
    await this.#storing;
    const { bus, log, state } = this.#given;
    try {
      if (bus.isConnected) await this.#bucket.delete(state().gateway);
    } catch (error) {
      log.debug({ err: error }, "this gateway's entry was left to expire");
    }
  }

  #beat(): void {
    const { gateway, instance } = this.#given.state();
    this.#given.bus.publish(contracts.heartbeat, { gateway }, { gateway, instance });
  }

  async #store(): Promise<void> {
    const { bus, state, log } = this.#given;
    if (!bus.isConnected) return;
    try {
      const own = state();
      await this.#bucket.put(own.gateway, { ...own, trunks: [...own.trunks] });
    } catch (error) {
      log.debug({ err: error }, "this gateway's entry was not stored");
    }
  }

  /** Two under one name end each other's calls. */
  #lookAtTwin({ instance, gateway }: GatewayState): void {
    if (this.#hasTwin || instance === this.#given.state().instance) return;
    this.#hasTwin = true;
    this.#given.log.error({ gateway }, "another gateway has the same name: give each its own VECHE_GATEWAY_ID");
  }
}
