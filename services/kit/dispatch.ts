import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { EventContract, RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import { decodeBody, encodeAnswer } from "./body.ts";
import type { EventHandler, RequestHandler } from "./bus.ts";
import { systemClock, waitAtMost } from "./clock.ts";
import { LeftUnanswered, toVecheError, VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { parseSubject } from "./subject.ts";
import { inSpan, type TraceHeaders } from "./telemetry.ts";

/** A message as it came: nothing in it is trusted yet. */
export type Arrived = { readonly subject: string; readonly text: string; readonly trace: TraceHeaders };

export type Answer = { readonly ok: true; readonly body: string } | { readonly ok: false; readonly error: VecheError };

type Failure = "undecodable" | "handler";

/** Hands what arrives to handlers. Whatever a message or a handler does, the subscription goes on. */
export class Dispatch {
  readonly #log: Log;
  readonly #running = new Set<Promise<unknown>>();
  readonly #failures;

  constructor(log: Log, metrics?: Metrics) {
    this.#log = log;
    this.#failures = metrics?.counter("bus_failures_total", "Messages that could not be read or handled.", ["kind"]);
  }

  event<S extends string, M extends DescMessage>(
    contract: EventContract<S, M>,
    handler: EventHandler<S, M>,
    arrived: Arrived,
  ): void {
    try {
      const [message, values] = read(contract, contract.message, arrived);
      this.#watch(this.#handleEvent(contract, handler, message, values, arrived));
    } catch (error) {
      this.#fail("undecodable", contract.subject, error);
    }
  }

  /** Undefined: nothing is answered. */
  async answer<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    handler: RequestHandler<S, Q, A>,
    arrived: Arrived,
  ): Promise<Answer | undefined> {
    let request: [MessageShape<Q>, SubjectValues<S>];
    try {
      request = read(contract, contract.request, arrived);
    } catch (error) {
      this.#fail("undecodable", contract.subject, error);
      return { ok: false, error: toVecheError(error) };
    }
    const answering = this.#handleRequest(contract, handler, ...request, arrived);
    this.#watch(answering);
    return answering;
  }

  /** Resolves when no handler runs any more, or after `limitMs`. */
  async settled(limitMs: number): Promise<void> {
    await waitAtMost(systemClock, limitMs, Promise.allSettled([...this.#running]));
  }

  async #handleEvent<S extends string, M extends DescMessage>(
    { subject }: EventContract<S, M>,
    handler: EventHandler<S, M>,
    message: MessageShape<M>,
    values: SubjectValues<S>,
    { trace }: Arrived,
  ): Promise<void> {
    try {
      await inSpan(subject, "consumer", trace, () => handler(message, values));
    } catch (error) {
      this.#fail("handler", subject, error);
    }
  }

  async #handleRequest<S extends string, Q extends DescMessage, A extends DescMessage>(
    contract: RequestContract<S, Q, A>,
    handler: RequestHandler<S, Q, A>,
    message: MessageShape<Q>,
    values: SubjectValues<S>,
    { trace }: Arrived,
  ): Promise<Answer | undefined> {
    try {
      const answer = await inSpan(contract.subject, "server", trace, () => handler(message, values));
      return { ok: true, body: encodeAnswer(contract.response, answer) };
    } catch (thrown) {
      if (thrown instanceof LeftUnanswered) return undefined;
      if (!(thrown instanceof VecheError) || thrown.code === "internal")
        this.#fail("handler", contract.subject, thrown);
      return { ok: false, error: toVecheError(thrown) };
    }
  }

  #watch(running: Promise<unknown>): void {
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #fail(kind: Failure, subject: string, error: unknown): void {
    this.#failures?.inc({ kind });
    this.#log.error({ err: error, subject }, kind === "handler" ? "a handler failed" : "a message could not be read");
  }
}

function read<S extends string, M extends DescMessage>(
  contract: { readonly subject: S },
  schema: M,
  { subject, text }: Arrived,
): [MessageShape<M>, SubjectValues<S>] {
  const values = parseSubject(contract, subject);
  if (!values) throw new VecheError("invalid-argument", `subject "${subject}" is not one of ${contract.subject}`);
  return [decodeBody(schema, text), values];
}
