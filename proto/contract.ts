import type { DescMessage } from "@bufbuild/protobuf";

/** The names in braces of a subject pattern: `Params<"evt.muc.{room}.left">` is `"room"`. */
export type Params<S extends string> = S extends `${string}{${infer P}}${infer Rest}` ? P | Params<Rest> : never;

/** Values for the braces of a pattern. They are escaped on the way into a subject, so any text is allowed. */
export type SubjectValues<S extends string> = { readonly [P in Params<S>]: string };

/** A fact that one role says and any number hear. */
export type EventContract<S extends string = string, M extends DescMessage = DescMessage> = {
  readonly type: "event";
  readonly subject: S;
  readonly message: M;
};

/** Something one role asks of another and waits for. */
export type RequestContract<
  S extends string = string,
  Q extends DescMessage = DescMessage,
  A extends DescMessage = DescMessage,
> = {
  readonly type: "request";
  readonly subject: S;
  readonly request: Q;
  readonly response: A;
};

export function event<const S extends string, M extends DescMessage>(subject: S, message: M): EventContract<S, M> {
  return { type: "event", subject, message };
}

export function request<const S extends string, Q extends DescMessage, A extends DescMessage>(
  subject: S,
  requestMessage: Q,
  responseMessage: A,
): RequestContract<S, Q, A> {
  return { type: "request", subject, request: requestMessage, response: responseMessage };
}
