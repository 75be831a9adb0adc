import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Timer } from "@veche/kit/clock.ts";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { parseJid } from "../codec/jid.ts";
import { iqResult, isStanza } from "../codec/rfc6120-stanza.ts";
import { bindResult, type StreamCondition, streamError } from "../codec/rfc6120-stream.ts";
import { closeFrame, isClose, isOpen, writeOpen } from "../codec/rfc7395-framing.ts";
import {
  enabledWithoutResume,
  handledCountTooHigh,
  isStreamManagement,
  readStreamManagement,
  writeEnabled,
  writeFailed,
  writeResumed,
} from "../codec/xep0198-stream-management.ts";
import type { Element } from "../codec/xml/element.ts";
import { parseXml } from "../codec/xml/parse.ts";
import { Inbox } from "../stream/inbox.ts";
import { Negotiation } from "../stream/negotiation.ts";
import type { Arrival, Link, Session } from "../stream/session.ts";
import type { StreamsGiven } from "../stream/streams.ts";
import { textFrames } from "./frames.ts";

export type WebSocketGiven = StreamsGiven & { readonly resumeSeconds: number };

/** Accepts WebSocket connections (RFC 7395). */
export class WebSocketEdge {
  readonly #given: WebSocketGiven;
  readonly #server: WebSocketServer;
  readonly #streams = new Set<WebSocketStream>();

  constructor(given: WebSocketGiven) {
    this.#given = given;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: given.limits.stanzaBytes,
      handleProtocols: (protocols) => (protocols.has("xmpp") ? "xmpp" : false),
    });
  }

  get size(): number {
    return this.#streams.size;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, arrival: Arrival, previd: string): void {
    const { gate, metrics } = this.#given;
    let stream: WebSocketStream | undefined;
    let isCut = false;
    const release = gate.arrive(arrival.address, {
      admitted: () =>
        queueMicrotask(() => {
          if (isCut || socket.destroyed) return release();
          this.#server.handleUpgrade(request, socket, head, (webSocket) => {
            stream = new WebSocketStream(this.#given, webSocket, socket, arrival, previd, release);
            this.#streams.add(stream);
            webSocket.on("close", () => stream && this.#streams.delete(stream));
          });
        }),
      cut: (reason) => {
        isCut = true;
        metrics.refusedStreams.inc({ reason });
        if (stream) stream.end(reason === "late" ? "connection-timeout" : "resource-constraint", "sign in sooner");
        else socket.end(unavailable, () => socket.destroy());
      },
    });
    socket.once("close", release);
  }

  close(): void {
    for (const stream of this.#streams) stream.shutDown();
    this.#server.close();
  }
}

const unavailable = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

/** Time for a client to answer our close before the socket is cut. */
const closeMs = 2_000;

class WebSocketStream implements Link {
  readonly kind = "websocket";
  readonly #given: WebSocketGiven;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #arrival: Arrival;
  readonly #negotiation: Negotiation;
  readonly #inbox: Inbox<string>;
  readonly #release: () => void;
  #domain = "";
  #session: Session | undefined;
  #out: string[] = [];
  #isResuming = false;
  #isEnded = false;
  #closing: Timer | undefined;

  constructor(
    given: WebSocketGiven,
    webSocket: WebSocket,
    socket: Duplex,
    arrival: Arrival,
    previd: string,
    release: () => void,
  ) {
    this.#given = given;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#arrival = arrival;
    this.#release = release;
    this.#negotiation = new Negotiation({
      isResumable: true,
      anonymousName: () => given.sessions.anonymousName(previd),
    });
    this.#inbox = new Inbox(given.clock, given.limits, (text) => this.#receive(text));
    this.#inbox.onDrained = () => webSocket.resume();
    webSocket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on("close", () => this.#closed());
    // What ws finds wrong with frames; it closes by itself.
    webSocket.on("error", () => given.metrics.streamErrors.inc({ condition: "websocket" }));
  }

  write(xml: string): void {
    if (this.#isEnded) return;
    if (this.#out.length === 0) this.#given.turnEnd.add(this);
    this.#out.push(xml);
  }

  flush(): void {
    const texts = this.#out;
    this.#out = [];
    if (texts.length === 0 || this.#socket.destroyed || !this.#socket.writable) return;
    if (this.#socket.writableLength > this.#given.limits.unsentBytes) {
      // Too slow for what it is sent. Cutting the connection keeps the session: the client may resume.
      this.#given.metrics.streamErrors.inc({ condition: "too-slow" });
      this.#webSocket.terminate();
      return;
    }
    this.#socket.write(textFrames(texts));
  }

  end(condition?: StreamCondition, text = "", detail = ""): void {
    if (this.#isEnded) return;
    if (condition) {
      this.#given.metrics.streamErrors.inc({ condition });
      if (this.#domain === "") this.write(writeOpen(this.#given.domains.main, "0"));
      this.write(streamError(condition, text, detail));
    }
    this.write(closeFrame);
    this.#finish();
  }

  /** The process ends: the connection is cut, the session may be gone on with. */
  shutDown(): void {
    this.flush();
    this.#detach();
    this.#webSocket.close(1001);
    this.#webSocket.terminate();
  }

  #finish(): void {
    this.flush();
    this.#isEnded = true;
    this.#inbox.close();
    this.#release();
    this.#webSocket.close(1000);
    this.#closing = this.#given.clock.after(closeMs, () => this.#webSocket.terminate());
  }

  #detach(): Session | undefined {
    const session = this.#session;
    this.#session = undefined;
    if (session?.link !== this) return undefined;
    session.link = undefined;
    return session;
  }

  #closed(): void {
    this.#isEnded = true;
    this.#closing?.cancel();
    this.#inbox.close();
    this.#release();
    const session = this.#detach();
    if (session) this.#given.sessions.interrupt(session);
  }

  /** The client said goodbye: nothing is kept for it. */
  #leave(): void {
    const session = this.#detach();
    if (session) this.#given.sessions.end(session, "client");
    this.write(closeFrame);
    this.#finish();
  }

  #fault(condition: StreamCondition, text: string, detail = ""): void {
    const session = this.#detach();
    this.end(condition, text, detail);
    if (session) this.#given.sessions.end(session, "error");
  }

  #onMessage(data: RawData, isBinary: boolean) {
    if (this.#isEnded) return;
    if (isBinary) return this.#fault("bad-format", "XMPP is text");
    const bytes = data as Buffer;
    if (!this.#session && bytes.length > this.#given.limits.stanzaBytesBeforeSignIn) {
      return this.#fault(
        "policy-violation",
        `before sign-in a stanza has at most ${this.#given.limits.stanzaBytesBeforeSignIn} bytes`,
      );
    }
    if (!this.#inbox.add(bytes.toString("utf8"), bytes.length))
      return this.#fault("policy-violation", "too much at once");
    if (this.#inbox.isDelayed) this.#webSocket.pause();
  }

  #receive(text: string) {
    if (this.#isEnded) return;
    const { limits } = this.#given;
    const parsed = parseXml(text, { length: limits.stanzaBytes, ...limits.xml });
    if (!parsed.ok) return this.#fault(parsed.fault, parsed.text);
    const element = parsed.root;
    if (isOpen(element)) return this.#open(element);
    if (isClose(element)) return this.#leave();
    if (this.#domain === "") return this.#fault("bad-format", "open the stream first");
    if (this.#session) return this.#inSession(this.#session, element);
    this.#negotiate(element);
  }

  #open(element: Element) {
    if (this.#session) return this.#fault("bad-format", "the stream is open");
    const { domains } = this.#given;
    const to = parseJid(element.attrs.to)?.full ?? "";
    if (!domains.isServed(to)) return this.#fault("host-unknown", "no such host here");
    this.#domain = to;
    this.write(writeOpen(to, Math.random().toString(36).slice(2, 12)));
    this.write(this.#negotiation.open());
  }

  #negotiate(element: Element) {
    if (this.#isResuming) return this.#fault("policy-violation", "wait for the answer to resume");
    const step = this.#negotiation.receive(element);
    switch (step.type) {
      case "write":
        return this.write(step.xml);
      case "fail":
        return this.#fault(step.condition, step.text);
      case "bind": {
        const session = this.#given.sessions.open(this.#negotiation.username, this.#domain, this.#arrival);
        session.link = this;
        this.#session = session;
        this.#release();
        return session.send(iqResult(step.iq, undefined, bindResult(session.jid.full)));
      }
      case "resume":
        this.#isResuming = true;
        void this.#resume(step.previd, step.h);
    }
  }

  async #resume(previd: string, h: number): Promise<void> {
    const { sessions, keep, metrics } = this.#given;
    const session = sessions.byId(previd);
    const isTheirs = session?.isResumable && session.jid.local === this.#negotiation.username;
    // What is said to have been received must not be forgotten by a process that takes over from here.
    if (isTheirs) await keep(session);
    this.#isResuming = false;
    if (this.#isEnded) return;
    if (!isTheirs || session.isEnded || !session.counts) {
      metrics.resumes.inc({ outcome: "unknown" });
      return this.write(writeFailed("item-not-found"));
    }
    const acknowledged = session.counts.acknowledge(h);
    if (!acknowledged.ok) {
      return this.#fault(
        "undefined-condition",
        "more was acknowledged than sent",
        handledCountTooHigh(h, acknowledged.sent),
      );
    }
    this.#release();
    this.#session = session;
    sessions.resume(session, () => {
      session.arrival = this.#arrival;
      session.link = this;
      this.write(writeResumed(previd, session.counts?.received ?? 0));
      session.sendAgain();
    });
    metrics.resumes.inc({ outcome: "resumed" });
  }

  #inSession(session: Session, element: Element) {
    if (isStanza(element)) {
      session.received(element);
      this.#given.metrics.stanzasReceived.inc({ kind: element.name });
      return this.#given.route(session, element);
    }
    if (isStreamManagement(element)) return this.#manage(session, element);
    this.#fault("unsupported-stanza-type", `<${element.name.slice(0, 40)}> is no stanza`);
  }

  #manage(session: Session, element: Element) {
    const request = readStreamManagement(element);
    if (!request?.ok) return this.#fault("bad-format", "no element of stream management");
    switch (request.value.type) {
      case "request":
        return session.requestAck();
      case "ack":
        return this.#acknowledged(session, request.value.h);
      case "enable": {
        if (session.counts) return this.write(writeFailed("unexpected-request"));
        const id = this.#given.sessions.enableStreamManagement(session, request.value.resume);
        return this.write(id === "" ? enabledWithoutResume : writeEnabled(id, this.#given.resumeSeconds));
      }
      case "resume":
        return this.write(writeFailed("unexpected-request"));
    }
  }

  #acknowledged(session: Session, h: number): void {
    const result = session.acknowledgedUpTo(h);
    if (result && !result.ok) {
      this.#fault("undefined-condition", "more was acknowledged than sent", handledCountTooHigh(h, result.sent));
    }
  }
}
