import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { VecheError } from "@veche/kit/errors.ts";
import { type DialRequest, GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { gateway } from "@veche/proto/subjects.ts";

type State = Omit<MessageInitShape<typeof GatewayStateSchema>, "$typeName">;

/** What becomes of a dial request: the call is there, it is refused, or nothing is said. */
type Outcome = VecheError | "silent";

/** A SIP gateway as far as the focus sees one: it says how it is, and dials as its script has it. */
export class FakeGateway implements Disposable {
  readonly id: string;
  /** Dial requests that it had. */
  readonly dialled: DialRequest[] = [];
  /** What becomes of the next ones; then all are done. */
  readonly script: Outcome[] = [];
  readonly #bucket: Bucket<typeof GatewayStateSchema>;
  readonly #timer: Timer;
  readonly #serving: Subscription;
  #state: State;
  #isGone = false;

  private constructor(bus: Bus, clock: Clock, id: string, bucket: Bucket<typeof GatewayStateSchema>, state: State) {
    this.id = id;
    this.#bucket = bucket;
    this.#state = state;
    this.#serving = bus.serve(gateway.dial, (request) => this.#dial(request), { gateway: id });
    this.#timer = clock.every(5_000, () => void this.say({}));
  }

  static async start(bus: Bus, clock: Clock, id = "sip-1", changes: State = {}): Promise<FakeGateway> {
    const bucket = await bus.bucket(buckets.gateways, GatewayStateSchema);
    const state = { gateway: id, instance: `${id}-1`, healthy: true, dialsOut: true, maxCalls: 40, ...changes };
    const started = new FakeGateway(bus, clock, id, bucket, state);
    await started.say({});
    return started;
  }

  async say(changes: State): Promise<void> {
    this.#state = { ...this.#state, ...changes };
    if (!this.#isGone) await this.#bucket.put(this.id, this.#state);
  }

  /** As kill -9: what it said last stays for a while. */
  kill(): void {
    this.#isGone = true;
    this.#timer.cancel();
    this.#serving.close();
  }

  [Symbol.dispose](): void {
    this.kill();
  }

  #dial(request: DialRequest): Promise<{ call: string; endpoint: string }> {
    this.dialled.push(request);
    const outcome = this.script.shift();
    if (outcome === "silent") return new Promise(() => undefined);
    if (outcome) return Promise.reject(outcome);
    return Promise.resolve({
      call: `${this.id}-call-${this.dialled.length}`,
      endpoint: `dddd000${this.dialled.length}`,
    });
  }
}
