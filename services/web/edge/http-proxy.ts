import { type IncomingMessage, type ServerResponse, request as startRequest } from "node:http";
import { pipeline } from "node:stream";
import { VecheError } from "@veche/kit/errors.ts";
import { inSpan, traceHeaders } from "@veche/kit/telemetry.ts";
import type { Limits } from "../limits.ts";
import type { WebMetrics } from "../metrics.ts";
import { refuse } from "./answer.ts";
import { BodyBudget, BodyTooLarge, type HeldBody, readBody } from "./body.ts";
import { clientHeaders, upstreamHeaders, type Visit } from "./forwarded.ts";
import type { Upstream } from "./upstream.ts";

class UpstreamSilent extends Error {}

/** Passes plain requests on: BOSH, with its polls of a minute, the conference request, and the library of recordings. */
export class HttpProxy {
  readonly #budget: BodyBudget;
  readonly #metrics: WebMetrics;
  readonly #silenceMs: number;
  readonly #pending = new Map<ServerResponse, Upstream>();

  constructor(limits: Limits, metrics: WebMetrics) {
    this.#budget = new BodyBudget(limits);
    this.#metrics = metrics;
    this.#silenceMs = limits.upstreamSilenceMs;
  }

  async forward(
    request: IncomingMessage,
    response: ServerResponse,
    upstream: Upstream,
    target: string,
    visit: Visit,
  ): Promise<void> {
    const gone = new AbortController();
    this.#pending.set(response, upstream);
    response.once("close", () => gone.abort());
    try {
      using body = await readBody(request, this.#budget);
      const reach = () =>
        upstream.reach(() => this.#send(request, body, upstream, target, visit, gone.signal), gone.signal);
      relay(await traced(target, upstream, reach), response);
    } catch (error) {
      request.resume();
      if (!gone.signal.aborted && request.errored === null) this.#fail(response, upstream, error);
    } finally {
      this.#pending.delete(response);
    }
  }

  /** Ends the requests that wait for an answer, polls above all: clients send them again, to the next process. */
  close(): void {
    for (const response of this.#pending.keys()) response.destroy();
  }

  /** Ends those that wait for an answer from there. */
  closeTo(upstream: Upstream): void {
    for (const [response, to] of this.#pending) if (to === upstream) response.destroy();
  }

  async #send(
    request: IncomingMessage,
    body: HeldBody,
    upstream: Upstream,
    target: string,
    visit: Visit,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    for (;;) {
      const attempt = Promise.withResolvers<IncomingMessage>();
      const outgoing = startRequest({
        ...upstream.requestOptions({ isTunnel: false }),
        method: request.method ?? "GET",
        path: target,
        headers: { ...bodyHeaders(request, body, visit), ...traceHeaders() },
        signal,
      });
      outgoing.once("response", (answer) => {
        if (upstream.isReadSlowly) outgoing.setTimeout(0);
        attempt.resolve(answer);
      });
      outgoing.once("error", attempt.reject);
      outgoing.setTimeout(this.#silenceMs, () => outgoing.destroy(new UpstreamSilent("no answer in time")));
      outgoing.end(body.bytes);
      try {
        return await attempt.promise;
      } catch (error) {
        // An idle connection that was closed at the moment we used it: the request was never looked at.
        if (outgoing.reusedSocket && isReset(error)) continue;
        throw error;
      }
    }
  }

  #fail(response: ServerResponse, upstream: Upstream, error: unknown): void {
    if (error instanceof BodyTooLarge) {
      const headers = { connection: "close" };
      refuse(response, { status: 413, code: "invalid-argument", message: error.message, headers });
      return;
    }
    const reason = failureReason(error);
    this.#metrics.upstreamFailures.inc({ upstream: upstream.name, reason });
    refuse(response, upstreamRefusal(upstream.name, reason));
  }
}

export type FailureReason = "away" | "reset" | "silent" | "overload";

export function failureReason(error: unknown): FailureReason {
  if (error instanceof UpstreamSilent) return "silent";
  if (error instanceof VecheError) return error.code === "unavailable" ? "away" : "overload";
  return "reset";
}

const statusOf: Readonly<Record<FailureReason, number>> = { away: 502, reset: 502, silent: 504, overload: 503 };

/** Always a 5xx: clients try those again, and give a session up at any 4xx. */
export function upstreamRefusal(name: string, reason: FailureReason) {
  const message = `${name}: expected an answer, found it ${reason}`;
  const code = reason === "silent" ? "deadline-exceeded" : "unavailable";
  return { status: statusOf[reason], code, message, headers: { "retry-after": "1" } };
}

/** Begins a trace. BOSH has none here: its requests wait for a minute, and each stanza begins one of its own. */
function traced<T>(target: string, { name }: Upstream, reach: () => Promise<T>): Promise<T> {
  return target.startsWith("/http-bind") ? reach() : inSpan(`request to ${name}`, "server", {}, reach);
}

function bodyHeaders(request: IncomingMessage, body: HeldBody, visit: Visit) {
  const headers = upstreamHeaders(request, visit);
  const hasBody = body.bytes.length > 0 || request.method === "POST";
  return hasBody ? { ...headers, "content-length": body.bytes.length } : headers;
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, clientHeaders(answer));
  pipeline(answer, response, () => {});
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
