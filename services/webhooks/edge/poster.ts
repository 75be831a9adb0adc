/** Requests to one endpoint, over one connection that is kept while both ends like. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Answer } from "../domain/verdict.ts";
import { limits } from "../limits.ts";
import type { Targets } from "./targets.ts";

export type PosterGiven = {
  readonly url: string;
  readonly targets: Targets;
  /** PEM. */
  readonly authorities: readonly string[];
  readonly timeoutMs: number;
  readonly version: string;
};

export type Outgoing = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

const idleMs = 30_000;

export class Poster implements Disposable {
  readonly #url: URL;
  readonly #given: PosterGiven;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(given: PosterGiven) {
    this.#given = given;
    this.#url = new URL(given.url);
    const lookup = given.targets.lookup(this.#url);
    const options = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1, timeout: idleMs, lookup };
    this.#agent =
      this.#url.protocol === "https:"
        ? new HttpsAgent({ ...options, ca: [...given.authorities], minVersion: "TLSv1.2" })
        : new HttpAgent(options);
  }

  /** The status, or why there was none. The status decides: what comes after it is read and dropped. */
  async post(outgoing: Outgoing, signal: AbortSignal): Promise<Answer> {
    const fault = this.#given.targets.literalFault(this.#url);
    if (fault) return { fault };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#given.timeoutMs)]);
    for (let isFirst = true; ; isFirst = false) {
      const request = this.#begin(outgoing, limit);
      try {
        const answer = await headOf(request);
        drain(answer);
        return { status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] };
      } catch (error) {
        // A kept connection that the other end had just closed says nothing about the endpoint.
        if (isFirst && request.reusedSocket && codeOf(error) === "ECONNRESET") continue;
        return { fault: this.#describe(error) };
      } finally {
        request.on("error", () => {});
      }
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #begin({ headers, body }: Outgoing, signal: AbortSignal): ClientRequest {
    const bytes = Buffer.from(body);
    const send = this.#url.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(this.#url, {
      method: "POST",
      agent: this.#agent,
      signal,
      maxHeaderSize: limits.answerHeaderBytes,
      headers: {
        "user-agent": `Veche-Webhooks/${this.#given.version}`,
        accept: "*/*",
        ...headers,
        "content-length": bytes.byteLength,
      },
    });
    request.end(bytes);
    return request;
  }

  #describe(error: unknown): string {
    if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError"))
      return `no answer within ${this.#given.timeoutMs} ms`;
    if (error instanceof AggregateError) return error.errors.map((one) => this.#describe(one)).join("; ");
    return error instanceof Error ? error.message.slice(0, 300) : String(error);
  }
}

function headOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
}

/** A connection whose answer does not end soon is closed: the next request has another. */
function drain(answer: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => answer.destroy(), limits.answerBodyMs);
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > limits.answerBodyBytes) answer.destroy();
  });
  answer.on("error", () => {});
  answer.on("close", () => clearTimeout(timer));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
