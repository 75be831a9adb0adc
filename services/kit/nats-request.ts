import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { headers as newHeaders } from "@nats-io/transport-node";
import type { RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import { decodeAnswer } from "./body.ts";
import { readError } from "./nats-errors.ts";
import type { AttemptOptions, NatsLink } from "./nats-link.ts";
import { subjectOf } from "./subject.ts";
import { inSpan, traceHeaders } from "./telemetry.ts";

/** Asks over a connection. `body` is the encoded message. Rejects with the VecheError of the one who answers. */
export async function requestOver<S extends string, Q extends DescMessage, A extends DescMessage>(
  link: NatsLink,
  contract: RequestContract<S, Q, A>,
  values: SubjectValues<S>,
  body: string,
  limits: AttemptOptions,
): Promise<MessageShape<A>> {
  const subject = subjectOf(contract, values);
  const answer = await inSpan(contract.subject, "client", {}, () =>
    link.attempt(subject, limits, (timeout) => {
      const headers = newHeaders();
      for (const [name, value] of Object.entries(traceHeaders())) headers.set(name, value);
      return link.nc.request(subject, body, { timeout, headers });
    }),
  );
  const text = answer.string();
  const error = readError(answer.headers, text);
  if (error) throw error;
  return decodeAnswer(contract.response, text);
}
