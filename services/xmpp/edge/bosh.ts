import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJid } from "../codec/jid.ts";
import { type BoshBody, readBody, writeTerminate } from "../codec/xep0124-bosh.ts";
import { parseXml } from "../codec/xml/parse.ts";
import { type BoshExchange, type BoshRestored, BoshStream } from "../stream/bosh-stream.ts";
import type { Arrival, Session } from "../stream/session.ts";
import type { StreamsGiven } from "../stream/streams.ts";

const sidBytes = 16;

/** Accepts BOSH requests (XEP-0124). Which session one belongs to is said by its sid alone: the sid is the secret. */
export class BoshEdge {
  readonly #given: StreamsGiven;
  readonly #streams = new Map<string, BoshStream>();

  constructor(given: StreamsGiven) {
    this.#given = given;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Requests of all sessions that wait: for something to answer, or for one before them. */
  describe(): { readonly sessions: number; readonly held: number; readonly early: number } {
    const streams = [...this.#streams.values()];
    return {
      sessions: streams.length,
      held: streams.reduce((sum, { heldRequests }) => sum + heldRequests, 0),
      early: streams.reduce((sum, { earlyRequests }) => sum + earlyRequests, 0),
    };
  }

  stateOf(session: Session): BoshRestored | undefined {
    return this.#streams.get(session.id)?.state;
  }

  receive(request: IncomingMessage, response: ServerResponse, arrival: Arrival): void {
    readAll(request, this.#given.limits.http.bodyBytes, (text, bytes) => {
      if (text === undefined) return answer(response, 413, writeTerminate("policy-violation"), true);
      this.#dispatch(text, bytes, response, arrival);
    });
  }

  /** A session of a process before this one. */
  restore(session: Session, restored: BoshRestored): void {
    const { id: sid, arrival } = session;
    const { rid, waitSeconds } = restored;
    const owner = { gone: () => void this.#streams.delete(sid), release: () => {} };
    const stream = new BoshStream(
      this.#given,
      owner,
      { sid, domain: session.jid.domain, arrival, rid, waitSeconds },
      restored,
    );
    stream.adopt(session);
    this.#streams.set(sid, stream);
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.shutDown();
  }

  #dispatch(text: string, bytes: number, response: ServerResponse, arrival: Arrival) {
    const { limits, metrics } = this.#given;
    const parsed = parseXml(text, { length: limits.http.bodyBytes, ...limits.xml });
    const body = parsed.ok ? readBody(parsed.root) : undefined;
    if (!parsed.ok || !body?.ok) {
      metrics.streamErrors.inc({ condition: "bad-body" });
      const condition = !parsed.ok && parsed.fault === "policy-violation" ? "policy-violation" : "bad-request";
      return answer(response, 200, writeTerminate(condition));
    }
    const exchange: BoshExchange = { answer: (xml) => answer(response, 200, xml) };
    if (body.value.sid === "") return this.#open(body.value, bytes, exchange, arrival, response);
    const stream = this.#streams.get(body.value.sid);
    if (!stream) return exchange.answer(writeTerminate("item-not-found"));
    if (!stream.session && bytes > limits.stanzaBytesBeforeSignIn) {
      metrics.streamErrors.inc({ condition: "policy-violation" });
      return exchange.answer(writeTerminate("policy-violation"));
    }
    stream.request(body.value, bytes, exchange);
  }

  #open(body: BoshBody, bytes: number, exchange: BoshExchange, arrival: Arrival, response: ServerResponse) {
    const { limits, domains, gate, metrics } = this.#given;
    const domain = parseJid(body.to)?.full ?? "";
    if (!domains.isServed(domain)) return exchange.answer(writeTerminate("host-unknown"));
    if (bytes > limits.stanzaBytesBeforeSignIn) return exchange.answer(writeTerminate("policy-violation"));
    if (body.waitSeconds === 0 || body.hold === 0) return exchange.answer(writeTerminate("bad-request"));
    const waitSeconds = Math.min(body.waitSeconds, limits.bosh.waitSeconds);
    const sid = randomBytes(sidBytes).toString("hex");
    let stream: BoshStream | undefined;
    const release = gate.arrive(arrival.address, {
      admitted: () =>
        queueMicrotask(() => {
          const owner = { gone: () => void this.#streams.delete(sid), release };
          stream = new BoshStream(this.#given, owner, { sid, domain, arrival, rid: body.rid, waitSeconds });
          this.#streams.set(sid, stream);
          stream.open(body, exchange);
        }),
      cut: (reason) => {
        metrics.refusedStreams.inc({ reason });
        if (stream) stream.end("policy-violation", "sign in sooner");
        else answer(response, 503, writeTerminate("policy-violation"));
      },
    });
    response.once("close", () => {
      if (!stream) release();
    });
  }
}

const headers = {
  "Content-Type": "text/xml; charset=utf-8",
  "Cache-Control": "no-store",
} as const;

function answer(response: ServerResponse, status: number, xml: string, isLast = false): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(xml);
  response.writeHead(status, { ...headers, "Content-Length": body.length, ...(isLast ? { Connection: "close" } : {}) });
  response.end(body);
}

/** Hands over the body as text, or nothing where it is too long. A request that breaks off is nobody's business. */
function readAll(
  request: IncomingMessage,
  maxBytes: number,
  done: (text: string | undefined, bytes: number) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) return void chunks.push(chunk);
    request.removeAllListeners("data");
    request.removeAllListeners("end");
    request.resume();
    done(undefined, bytes);
  });
  request.on("end", () =>
    done(chunks.length === 1 ? (chunks[0]?.toString("utf8") ?? "") : Buffer.concat(chunks).toString("utf8"), bytes),
  );
  request.on("error", () => {});
}
