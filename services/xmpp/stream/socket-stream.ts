import { randomBytes } from "node:crypto";
import type { Timer } from "@veche/kit/clock.ts";
import { parseJid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { Address, iqResult, isStanza, type Outgoing, write } from "../codec/rfc6120-stanza.ts";
import { bindResult, type StreamCondition, streamError } from "../codec/rfc6120-stream.ts";
import {
  ackRequest,
  enabledWithoutResume,
  handledCountTooHigh,
  isStreamManagement,
  readStreamManagement,
  writeEnabled,
  writeFailed,
  writeResumed,
} from "../codec/xep0198-stream-management.ts";
import type { Element } from "../codec/xml/element.ts";
import { Inbox } from "./inbox.ts";
import { Negotiation, type Step } from "./negotiation.ts";
import { type Arrival, type Link, type Session, withoutToken } from "./session.ts";
import type { StreamsGiven } from "./streams.ts";

export type SocketStreamsGiven = StreamsGiven & { readonly resumeSeconds: number };

/** A connection that carries elements both ways: what differs between a WebSocket and TCP. */
export interface Carrier {
  readonly kind: "websocket" | "tcp";
  readonly isWritable: boolean;
  /** What was written and has not left this machine. */
  readonly unsentBytes: number;
  /** How the server opens its side of the stream, and how it ends it. */
  header(from: string, id: string): string;
  readonly footer: string;
  /** Elements of the stream as text, and stanzas for this address. */
  send(items: readonly (string | Outgoing)[], address: Address): void;
  pause(): void;
  resume(): void;
  /** The client signed in and opens its stream again. */
  restarted(): void;
  /** Asks for a sign of life below XMPP; false where there is no such thing. */
  probe(): boolean;
  /** Says goodbye below XMPP, once everything is sent. */
  close(): void;
  cut(): void;
}

/** Time for a client to answer our close before the socket is cut. */
const closeMs = 2_000;

/** Before there is a session, nothing is sent that needs an address. */
const nobody = new Address("");

/** An XMPP stream on a connection of its own: RFC 6120 and RFC 7395 alike, with XEP-0198. */
export class SocketStream implements Link {
  readonly kind: "websocket" | "tcp";
  readonly #given: SocketStreamsGiven;
  readonly #carrier: Carrier;
  readonly #arrival: Arrival;
  readonly #negotiation: Negotiation;
  readonly #inbox: Inbox<Element | (() => void)>;
  readonly #release: () => void;
  #domain = "";
  #session: Session | undefined;
  #out: (string | Outgoing)[] = [];
  #hasAnswer = false;
  #address = nobody;
  #isSignedIn = false;
  #isEnded = false;
  #closing: Timer | undefined;
  #heardMs: number;
  #isProbed = false;

  constructor(
    given: SocketStreamsGiven,
    carrier: Carrier,
    opened: { readonly arrival: Arrival; readonly previd: string; readonly release: () => void },
  ) {
    this.kind = carrier.kind;
    this.#given = given;
    this.#carrier = carrier;
    this.#arrival = opened.arrival;
    this.#release = opened.release;
    this.#heardMs = given.clock.now();
    this.#negotiation = new Negotiation({
      isResumable: true,
      signIn: given.signIn,
      arrival: opened.arrival,
      previd: opened.previd,
    });
    this.#inbox = new Inbox(given.clock, given.limits, (item) =>
      typeof item === "function" ? item() : this.#receive(item),
    );
    this.#inbox.onDrained = () => carrier.resume();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  /** What one element may have now. */
  get elementBytes(): number {
    const { limits } = this.#given;
    return this.#session ? limits.stanzaBytes : limits.stanzaBytesBeforeSignIn;
  }

  write(xml: string): void {
    if (this.#isEnded) return;
    if (this.#out.length === 0) this.#given.turnEnd.add(this);
    this.#out.push(xml);
  }

  send(stanza: Outgoing, address: Address): void {
    if (this.#isEnded) return;
    this.#address = address;
    if (stanza.isAnswer && !this.#hasAnswer) {
      this.#hasAnswer = true;
      this.#given.turnEnd.addFirst(this);
    } else if (this.#out.length === 0) this.#given.turnEnd.add(this);
    this.#out.push(stanza);
  }

  flush(): void {
    const items = this.#out;
    if (items.length === 0) return;
    this.#out = [];
    this.#hasAnswer = false;
    if (!this.#carrier.isWritable) return;
    if (this.#carrier.unsentBytes > this.#given.limits.unsentBytes) {
      // Too slow for what it is sent. Cutting the connection keeps the session: the client may resume.
      this.#given.metrics.streamErrors.inc({ condition: "too-slow" });
      this.#carrier.cut();
      return;
    }
    this.#carrier.send(items, this.#address);
  }

  end(condition?: StreamCondition, text = "", detail = ""): void {
    if (this.#isEnded) return;
    if (condition) {
      this.#given.metrics.streamErrors.inc({ condition });
      if (this.#domain === "") this.write(this.#carrier.header(this.#given.domains.main, streamId()));
      this.write(streamError(condition, text, detail));
    }
    this.write(this.#carrier.footer);
    this.#finish();
  }

  /** The process ends: the connection is cut, the session may be gone on with. */
  shutDown(): void {
    this.flush();
    this.#detach();
    this.#isEnded = true;
    this.#closing?.cancel();
    this.#inbox.close();
  }

  /** Something came: whatever it was, the client is there. */
  heard(): void {
    this.#heardMs = this.#given.clock.now();
    this.#isProbed = false;
  }

  /** A client that has been silent is asked for a sign of life; one that gives none is not there any more. */
  lookAfter(now: number) {
    const { idleProbeMs, idleAnswerMs } = this.#given.limits;
    if (this.#isEnded || now - this.#heardMs < idleProbeMs) return;
    if (now - this.#heardMs >= idleProbeMs + idleAnswerMs) {
      this.#given.metrics.streamErrors.inc({ condition: "silent" });
      return this.#carrier.cut();
    }
    if (this.#isProbed) return;
    this.#isProbed = true;
    if (!this.#carrier.probe()) this.#ping();
  }

  /** The connection is gone. What came by it before, a goodbye at last, may still wait at the doorway, and counts. */
  closed(): void {
    this.#closing?.cancel();
    this.#release();
    if (!this.#given.doorway.enter(() => this.#gone())) this.#gone();
  }

  #gone(): void {
    this.#isEnded = true;
    this.#inbox.close();
    const session = this.#detach();
    if (session) this.#given.sessions.interrupt(session);
  }

  /** What came from the client: an element, or something to be done in its turn. */
  take(item: Element | (() => void), bytes: number) {
    if (!this.#given.doorway.enter(() => this.#takeIn(item, bytes))) this.#carrier.cut();
  }

  #takeIn(item: Element | (() => void), bytes: number) {
    if (this.#isEnded) return;
    this.heard();
    const isAwaited = typeof item !== "function" && this.#session?.isAnswer(item) === true;
    if (!this.#inbox.add(item, bytes, isAwaited)) return this.fault("policy-violation", "too much at once");
    if (this.#inbox.isDelayed) this.#carrier.pause();
  }

  opened(to: string | undefined) {
    if (this.#session) return this.fault("bad-format", "the stream is open");
    const domain = parseJid(to)?.full ?? "";
    if (!this.#given.domains.isServed(domain)) return this.fault("host-unknown", "no such host here");
    this.#domain = domain;
    this.write(this.#carrier.header(domain, streamId()));
    this.write(this.#negotiation.open(domain));
  }

  /** The client said goodbye: nothing is kept for it. */
  leave(): void {
    if (this.#isEnded) return;
    const session = this.#detach();
    if (session) this.#given.sessions.end(session, "client");
    this.write(this.#carrier.footer);
    this.#finish();
  }

  fault(condition: StreamCondition, text: string, detail = ""): void {
    const session = this.#detach();
    this.end(condition, text, detail);
    if (session) this.#given.sessions.end(session, "error");
  }

  #finish(): void {
    this.flush();
    this.#isEnded = true;
    this.#inbox.close();
    this.#release();
    this.#carrier.close();
    this.#closing = this.#given.clock.after(closeMs, () => this.#carrier.cut());
  }

  #detach(): Session | undefined {
    const session = this.#session;
    this.#session = undefined;
    if (session?.link !== this) return undefined;
    session.link = undefined;
    return session;
  }

  #ping() {
    const session = this.#session;
    if (!session) return;
    if (session.counts) return this.write(ackRequest);
    session.send(
      write("iq", { type: "get", id: `alive-${streamId()}`, from: this.#domain }, `<ping xmlns="${ns.ping}"/>`),
    );
  }

  #receive(element: Element) {
    if (this.#isEnded) return;
    if (this.#domain === "") return this.fault("bad-format", "open the stream first");
    if (this.#session) return this.#inSession(this.#session, element);
    this.#negotiate(element).catch((error: unknown) => {
      this.#given.log.error({ err: error }, "a client could not be signed in");
      this.fault("internal-server-error", "");
    });
  }

  async #negotiate(element: Element): Promise<void> {
    this.#inbox.hold();
    const step = await this.#negotiation.receive(element);
    if (this.#isEnded) return;
    await this.#take(step);
    this.#inbox.release();
  }

  async #take(step: Step): Promise<void> {
    switch (step.type) {
      case "write":
        this.write(step.xml);
        if (this.#isSignedIn === (this.#negotiation.username !== "")) return;
        this.#isSignedIn = true;
        return this.#carrier.restarted();
      case "fail":
        return this.fault(step.condition, step.text);
      case "bind":
        return this.#bind(step.iq);
      case "resume":
        return this.#resume(step.previd, step.h);
    }
  }

  #bind(iq: Element): void {
    const { username, identity } = this.#negotiation;
    const session = this.#given.sessions.open(username, this.#domain, this.#arrival, identity);
    session.link = this;
    this.#session = session;
    this.#release();
    session.send(iqResult(iq, undefined, bindResult(session.jid.full)));
  }

  async #resume(previd: string, h: number): Promise<void> {
    const { sessions, keep, metrics } = this.#given;
    const session = sessions.byId(previd);
    const isTheirs = session?.isResumable && this.#negotiation.owns(session);
    // What is said to have been received must not be forgotten by a process that takes over from here.
    if (isTheirs) await keep(session);
    if (this.#isEnded) return;
    if (!isTheirs || session.isEnded || !session.counts) {
      metrics.resumes.inc({ outcome: "unknown" });
      return this.write(writeFailed("item-not-found"));
    }
    const acknowledged = session.counts.acknowledge(h);
    if (!acknowledged.ok) {
      const detail = handledCountTooHigh(h, acknowledged.sent);
      return this.fault("undefined-condition", "more was acknowledged than sent", detail);
    }
    this.#release();
    this.#session = session;
    sessions.resume(session, () => {
      session.arrival = withoutToken(this.#arrival);
      session.link = this;
      this.write(writeResumed(previd, session.counts?.received ?? 0));
      session.sendAgain();
    });
    // A token that came with the connection is newer than what is known.
    if (this.#negotiation.identity.kind === "token") sessions.identify(session, this.#negotiation.identity);
    metrics.resumes.inc({ outcome: "resumed" });
  }

  #inSession(session: Session, element: Element) {
    if (isStanza(element)) {
      session.received(element);
      this.#given.metrics.stanzasReceived.inc({ kind: element.name });
      return this.#given.route(session, element);
    }
    if (isStreamManagement(element)) return this.#manage(session, element);
    this.fault("unsupported-stanza-type", `<${element.name.slice(0, 40)}> is no stanza`);
  }

  #manage(session: Session, element: Element) {
    const request = readStreamManagement(element);
    if (!request?.ok) return this.fault("bad-format", "no element of stream management");
    switch (request.value.type) {
      case "request":
        return session.requestAck();
      case "ack":
        return this.#acknowledged(session, request.value.h);
      case "enable":
        return this.#enable(session, request.value);
      case "resume":
        return this.write(writeFailed("unexpected-request"));
    }
  }

  #enable(session: Session, wanted: { readonly resume: boolean; readonly maxSeconds?: number }) {
    if (session.counts) return this.write(writeFailed("unexpected-request"));
    const { resumeSeconds, sessions } = this.#given;
    // XEP-0198 section 5: the client may want to be waited for less long than we would.
    const maxSeconds = Math.min(resumeSeconds, wanted.maxSeconds ?? resumeSeconds);
    session.resumeMs = maxSeconds * 1000;
    const id = sessions.enableStreamManagement(session, wanted.resume && maxSeconds > 0);
    this.write(id === "" ? enabledWithoutResume : writeEnabled(id, maxSeconds));
  }

  #acknowledged(session: Session, h: number): void {
    const result = session.acknowledgedUpTo(h);
    if (!result || result.ok) return;
    this.fault("undefined-condition", "more was acknowledged than sent", handledCountTooHigh(h, result.sent));
  }
}

/** RFC 6120 4.7.3: unpredictable, and different each time the stream is opened. */
export function streamId(): string {
  return randomBytes(9).toString("base64url");
}
