import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJid } from "../codec/jid.ts";
import {
  type BoshBody,
  keysNotSupported,
  readBody,
  readPoll,
  sidOfRubbish,
  writeTerminate,
} from "../codec/xep0124-bosh.ts";
import { parseXml } from "../codec/xml/parse.ts";
import type { StanzasAnswer } from "../stream/bosh-answer.ts";
import type { BoshExchange } from "../stream/bosh-requests.ts";
import { type BoshOwner, type BoshRestored, BoshStream } from "../stream/bosh-stream.ts";
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
  describe(): Readonly<Record<"sessions" | "held" | "lost" | "early", number>> {
    const streams = [...this.#streams.values()];
    return {
      sessions: streams.length,
      lost: streams.reduce((sum, { requests }) => sum + requests.lost, 0),
      held: streams.reduce((sum, { requests }) => sum + requests.held, 0),
      early: streams.reduce((sum, { requests }) => sum + requests.early, 0),
    };
  }

  stateOf(session: Session): BoshRestored | undefined {
    return this.#streams.get(session.id)?.state;
  }

  /** `headers` are those of each answer to this page; how it came is asked only where a session is opened. */
  receive(request: IncomingMessage, response: ServerResponse, arrival: () => Arrival, headers: PageHeaders): void {
    const reply = new Reply(response, headers);
    readAll(request, this.#given.limits.http.bodyBytes, (bytes, length) => {
      if (!bytes) return reply.send(writeTerminate("policy-violation"), { status: 413, isLast: true });
      const isIn = this.#given.doorway.enter(() => this.#dispatch(bytes, length, reply, arrival));
      if (!isIn) response.destroy();
    });
  }

  /** A session of a process before this one. */
  restore(session: Session, restored: BoshRestored): void {
    const { id: sid, arrival } = session;
    const { rid, waitSeconds } = restored;
    const stream = new BoshStream(
      this.#given,
      this.#ownerOf(sid, () => {}),
      { sid, domain: session.jid.domain, arrival, rid, waitSeconds, isPolling: false },
      restored,
    );
    stream.adopt(session);
    this.#streams.set(sid, stream);
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.shutDown();
  }

  #dispatch(bytes: Buffer, length: number, reply: Reply, arrival: () => Arrival) {
    const { limits, metrics } = this.#given;
    const text = decode(bytes);
    const poll = readPoll(text ?? "");
    if (poll) return this.#request(poll, length, reply, arrival);
    const parsed = parseXml(text ?? "", { length: limits.http.bodyBytes, ...limits.xml });
    const body = parsed.ok ? readBody(parsed.root) : undefined;
    if (!parsed.ok || !body?.ok) {
      metrics.streamErrors.inc({ condition: "bad-body" });
      const condition = !parsed.ok && parsed.fault === "policy-violation" ? "policy-violation" : "bad-request";
      const sid = parsed.ok ? parsed.root.attrs.sid : sidOfRubbish(text ?? bytes.toString("latin1"));
      this.#streams.get(sid ?? "")?.abandon(condition);
      return reply.send(writeTerminate(condition));
    }
    this.#request(body.value, length, reply, arrival);
  }

  #request(body: BoshBody, length: number, reply: Reply, arrival: () => Arrival) {
    const { limits, metrics } = this.#given;
    if (body.sid === "") return this.#open(body, length, reply, arrival());
    const stream = this.#streams.get(body.sid);
    if (!stream) return reply.send(writeTerminate("item-not-found"));
    const exchange = reply.exchange(stream.contentType, () => stream.connectionLost());
    if (!stream.session && length > limits.stanzaBytesBeforeSignIn) {
      metrics.streamErrors.inc({ condition: "policy-violation" });
      stream.abandon("policy-violation");
      return exchange.answer(writeTerminate("policy-violation"));
    }
    stream.request(body, length, exchange);
  }

  #open(body: BoshBody, bytes: number, reply: Reply, arrival: Arrival) {
    const { limits, gate, metrics } = this.#given;
    const refusal = this.#refusalOf(body, bytes);
    if (refusal !== undefined) return reply.send(refusal);
    const { response } = reply;
    const sid = randomBytes(sidBytes).toString("hex");
    const isPolling = body.waitSeconds === 0 || body.hold === 0;
    const opened = {
      sid,
      domain: parseJid(body.to)?.full ?? "",
      arrival,
      rid: body.rid,
      waitSeconds: Math.min(body.waitSeconds, limits.bosh.waitSeconds),
      isPolling,
      contentType: body.contentType,
    };
    let stream: BoshStream | undefined;
    const release = gate.arrive(arrival.address, {
      admitted: () =>
        queueMicrotask(() => {
          if (response.destroyed) return release();
          stream = new BoshStream(this.#given, this.#ownerOf(sid, release), opened);
          this.#streams.set(sid, stream);
          stream.open(
            body,
            bytes,
            reply.exchange(body.contentType, () => {}),
          );
        }),
      cut: (reason) => {
        metrics.refusedStreams.inc({ reason });
        if (stream) stream.end("policy-violation", "sign in sooner");
        else reply.send(writeTerminate("policy-violation"), { status: 503 });
      },
    });
    response.once("close", () => {
      if (!stream) release();
    });
  }

  /** Made apart from the request that opens a session, which would else be in memory as long as the session. */
  #ownerOf(sid: string, release: () => void): BoshOwner {
    return { gone: () => void this.#streams.delete(sid), release };
  }

  /** Why no session can be opened for this. */
  #refusalOf(body: BoshBody, bytes: number): string | undefined {
    const { limits, domains } = this.#given;
    if (!domains.isServed(parseJid(body.to)?.full ?? "")) return writeTerminate("host-unknown");
    if (bytes > limits.stanzaBytesBeforeSignIn) return writeTerminate("policy-violation");
    if (body.isKeyed) return writeTerminate("undefined-condition", keysNotSupported);
    if (body.isTerminate) return writeTerminate();
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Undefined where it is no UTF-8. */
function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const xmlType = "text/xml; charset=utf-8";

export type PageHeaders = Readonly<Record<string, string>>;

/** The answer to one request, with the headers that its page is to get. */
class Reply {
  readonly response: ServerResponse;
  readonly #headers: PageHeaders;

  constructor(response: ServerResponse, headers: PageHeaders) {
    this.response = response;
    this.#headers = headers;
  }

  /** `lost` is called when the connection breaks before the answer is out. */
  exchange(contentType: string, lost: () => void): BoshExchange {
    const { response } = this;
    response.on("close", () => {
      if (!response.writableFinished) lost();
    });
    return {
      get isLost() {
        return response.destroyed && !response.writableFinished;
      },
      answer: (answer) => {
        const isBig = typeof answer !== "string" && answer.length > bigAnswer;
        if (isBig) this.#sendBig(answer, contentType);
        else this.send(typeof answer === "string" ? answer : answer.body, { contentType });
      },
    };
  }

  /** As text: Node then puts head and body into one write. */
  send(xml: string, { status = 200, contentType = xmlType, isLast = false }: SendOptions = {}): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) return;
    const own = ["Content-Length", String(Buffer.byteLength(xml)), ...(isLast ? ["Connection", "close"] : [])];
    response.writeHead(status, headersOf(this.#headers, contentType).concat(own));
    response.end(xml);
  }

  /** What a socket takes at once leaves nothing behind in the memory it was put together in. */
  #sendBig(answer: StanzasAnswer, contentType: string): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) return;
    const length = answer.byteLength;
    const isShared = length <= sharedBytes && response.socket?.writableLength === 0;
    const target = isShared ? shared : Buffer.allocUnsafeSlow(length);
    answer.copyTo(target);
    response.writeHead(200, headersOf(this.#headers, contentType).concat("Content-Length", String(length)));
    response.end(target.subarray(0, length));
    if (isShared && response.socket?.writableLength !== 0) shared = Buffer.allocUnsafeSlow(sharedBytes);
  }
}

/** Those of all answers alike, as names and values in turn: Node takes them as they are. */
function headersOf(page: PageHeaders, contentType: string): readonly string[] {
  const known = headersOfPages.get(page) ?? new Map<string, readonly string[]>();
  headersOfPages.set(page, known);
  let headers = known.get(contentType);
  if (!headers) {
    const own = ["Content-Type", contentType, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"];
    headers = [...Object.entries(page).flat(), ...own];
    known.set(contentType, headers);
  }
  return headers;
}

const headersOfPages = new WeakMap<PageHeaders, Map<string, readonly string[]>>();

/** In characters: from here on the stanzas' encoded forms are worth being copied one by one. */
const bigAnswer = 4_096;
const sharedBytes = 96 * 1024;
let shared = Buffer.allocUnsafeSlow(sharedBytes);

type SendOptions = { readonly status?: number; readonly contentType?: string; readonly isLast?: boolean };

/** Hands over the body, or nothing where it is too long. A request that breaks off is nobody's business. */
function readAll(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | undefined, bytes: number) => void,
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
  request.on("end", () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), bytes));
  request.on("error", () => {});
}
