import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { orLeftUnanswered } from "@veche/kit/errors.ts";
import type { RequestContract } from "@veche/proto/contract.ts";

/** Answers what clients ask of the focus. */
export type Serve = <Q extends DescMessage, A extends DescMessage>(
  contract: RequestContract<`rpc.focus.{unit}.${string}`, Q, A>,
  handler: (request: MessageShape<Q>) => MessageInitShape<A> | Promise<MessageInitShape<A>>,
) => Subscription;

export type ServeGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly instance: string;
  /** Resolves when the rooms of an earlier process are served again: until then requests wait. Rejects off duty. */
  readonly recovered: () => Promise<void>;
};

/**
 * In a queue group of this process alone: of two that serve a unit one is on duty, and the other, when it stands still,
 * would keep to itself whatever it was asked. One that is not sure of its duty says nothing: the one that is answers.
 */
export function serveFor({ bus, unit, instance, recovered }: ServeGiven): Serve {
  return (contract, handler) =>
    bus.serve(
      contract,
      async (request) => {
        await orLeftUnanswered(recovered());
        return handler(request);
      },
      { unit },
      { group: instance },
    );
}
