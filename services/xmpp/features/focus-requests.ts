import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Bus, RequestOptions } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { RequestContract } from "@veche/proto/contract.ts";
import type { OccupantOf } from "../stream/session.ts";

const againMs = 150;
/** A focus that died with a question in hand never answers it; the next one may be asked the same. */
const attemptMs = 2_500;

type FocusContract<Q extends DescMessage, A extends DescMessage> = RequestContract<`rpc.focus.{unit}.${string}`, Q, A>;

/**
 * What clients ask of the focus. While it is away (it is started again within a moment) the question is repeated, and
 * each occupant's questions reach it one after the other.
 */
export class FocusRequests {
  readonly #bus: Bus;
  readonly #unit: string;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #queued: number;
  readonly #tails = new WeakMap<OccupantOf, { last: Promise<unknown>; length: number }>();

  constructor(given: {
    readonly bus: Bus;
    readonly unit: string;
    readonly clock: Clock;
    readonly limitMs: number;
    readonly queued: number;
  }) {
    this.#bus = given.bus;
    this.#unit = given.unit;
    this.#clock = given.clock;
    this.#limitMs = given.limitMs;
    this.#queued = given.queued;
  }

  /** Asks after everything the occupant asked before has its answer. */
  async askInOrder<Q extends DescMessage, A extends DescMessage>(
    occupant: OccupantOf,
    contract: FocusContract<Q, A>,
    message: MessageInitShape<Q>,
  ): Promise<MessageShape<A>> {
    const tail = this.#tails.get(occupant) ?? { last: Promise.resolve(), length: 0 };
    this.#tails.set(occupant, tail);
    if (tail.length >= this.#queued)
      throw new VecheError("resource-exhausted", "too much is asked of the focus at once");
    tail.length++;
    const asked = tail.last.then(() => this.ask(contract, message));
    tail.last = asked.then(
      () => tail.length--,
      () => tail.length--,
    );
    return asked;
  }

  async ask<Q extends DescMessage, A extends DescMessage>(
    contract: FocusContract<Q, A>,
    message: MessageInitShape<Q>,
  ): Promise<MessageShape<A>> {
    const until = this.#clock.now() + this.#limitMs;
    for (;;) {
      const options: RequestOptions = { timeoutMs: Math.max(1, Math.min(attemptMs, until - this.#clock.now())) };
      try {
        return await this.#bus.request(contract, { unit: this.#unit }, message, options);
      } catch (thrown) {
        const error = toVecheError(thrown);
        const mayHelp = error.code === "unavailable" || error.code === "deadline-exceeded";
        if (!mayHelp || this.#clock.now() + againMs >= until) throw error;
      }
      await new Promise<void>((resolve) => void this.#clock.after(againMs, resolve));
    }
  }
}
