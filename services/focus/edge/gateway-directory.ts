import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { type GatewayState, GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { canDial, type GatewayView } from "../domain/gateway-selection.ts";

export const gatewayTimes = {
  /** A gateway says each five seconds how it is; one that has not for so long is gone. */
  silenceMs: 12_000,
  checkMs: 1_000,
} as const;

export type GatewayDirectoryGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  /** One that dials out is there now, or none is any more. */
  readonly onChanged: (dialsOut: boolean) => void;
};

type Known = { readonly state: GatewayState; readonly heardMs: number };

/** SIP gateways as the bucket has them now. */
export class GatewayDirectory implements Disposable {
  readonly #given: GatewayDirectoryGiven;
  readonly #known = new Map<string, Known>();
  #watching: Subscription | undefined;
  #timer: Timer | undefined;
  #dialsOut = false;

  private constructor(given: GatewayDirectoryGiven) {
    this.#given = given;
  }

  static async open(given: GatewayDirectoryGiven): Promise<GatewayDirectory> {
    const directory = new GatewayDirectory(given);
    const bucket = await given.bus.bucket(buckets.gateways, GatewayStateSchema);
    directory.#watching = await bucket.watch(({ key, value }) => directory.#note(key, value));
    directory.#timer = given.clock.every(gatewayTimes.checkMs, () => directory.#check());
    return directory;
  }

  views(): readonly GatewayView[] {
    return [...this.#known].map(([id, { state }]) => {
      const { instance, region, healthy, draining, calls, maxCalls, dialsOut } = state;
      return { id, instance, region, healthy, draining, calls, maxCalls, dialsOut };
    });
  }

  get dialsOut(): boolean {
    return this.#dialsOut;
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
    this.#timer?.cancel();
  }

  #note(id: string, state: GatewayState | undefined): void {
    if (state) this.#known.set(id, { state, heardMs: this.#given.clock.now() });
    else this.#known.delete(id);
    this.#tell();
  }

  #check(): void {
    const now = this.#given.clock.now();
    for (const [id, { heardMs }] of this.#known) if (now - heardMs >= gatewayTimes.silenceMs) this.#known.delete(id);
    this.#tell();
  }

  #tell(): void {
    const dialsOut = this.views().some(canDial);
    if (dialsOut === this.#dialsOut) return;
    this.#dialsOut = dialsOut;
    this.#given.onChanged(dialsOut);
  }
}
