import { randomBytes } from "node:crypto";
import type { Timer } from "@veche/kit/clock.ts";
import { Address, iqResult, isStanza, type Outgoing } from "../codec/rfc6120-stanza.ts";
import { bindResult, type StreamCondition, streamError } from "../codec/rfc6120-stream.ts";
import {
  agreedVersion,
  type BoshBody,
  type BoshCondition,
  writeSessionCreated,
  writeTerminate,
} from "../codec/xep0124-bosh.ts";
import type { Element } from "../codec/xml/element.ts";
import { sizeOf } from "../codec/xml/size.ts";
import { type BoshAnswer, BoshWindow } from "../domain/bosh-window.ts";
import { type BoshItem, lengthOf, StanzasAnswer, textOf } from "./bosh-answer.ts";
import { type BoshExchange, OpenRequests } from "./bosh-requests.ts";
import { Inbox } from "./inbox.ts";
import { Negotiation, type Step } from "./negotiation.ts";
import type { Arrival, Link, Session } from "./session.ts";
import type { StreamsGiven } from "./streams.ts";

type Request = { readonly body: BoshBody; readonly bytes: number };

export type BoshRestored = {
  readonly rid: number;
  readonly waitSeconds: number;
  readonly answers: readonly BoshAnswer[];
  readonly queued: readonly string[];
};

type Opened = {
  readonly sid: string;
  readonly domain: string;
  readonly arrival: Arrival;
  readonly rid: number;
  readonly waitSeconds: number;
  /** No request is held: everything is answered at once. */
  readonly isPolling: boolean;
  /** Of the answers. */
  readonly contentType?: string;
};

export type BoshOwner = {
  /** The stream is over: its sid means nothing any more. */
  readonly gone: (stream: BoshStream) => void;
  readonly release: () => void;
};

/** Before there is a session, nothing is sent that needs an address. */
const nobody = new Address("");

/** One BOSH session (XEP-0124): requests in order, at most one held, answers repeated from memory. */
export class BoshStream implements Link {
  readonly kind = "bosh";
  readonly sid: string;
  readonly #given: StreamsGiven;
  readonly #gone: BoshOwner["gone"];
  /** Gives back the place among those who have not signed in. */
  #release: (() => void) | undefined;
  readonly #domain: string;
  readonly #arrival: Arrival;
  readonly #window: BoshWindow<Request>;
  readonly #requests: OpenRequests;
  readonly #negotiation: Negotiation;
  readonly #inbox: Inbox<Element | undefined>;
  readonly waitSeconds: number;
  readonly contentType: string;
  readonly #isPolling: boolean;
  /** Of a client that polls: when it last got nothing for asking nothing. */
  #idlePollMs: number | undefined;
  #queue: BoshItem[];
  #address = nobody;
  /** The client has shown that it has the answers up to here. */
  #receivedRid = 0;
  /** Written by a process that died; gone with the answer to the request it was working on. */
  #restoredQueue = 0;
  #inactivity: Timer | undefined;
  #skipAhead: Timer | undefined;
  #session: Session | undefined;
  #isScheduled = false;
  #isEnded = false;

  constructor(given: StreamsGiven, owner: BoshOwner, opened: Opened, restored?: BoshRestored) {
    this.#given = given;
    this.#gone = owner.gone;
    this.#release = owner.release;
    this.sid = opened.sid;
    this.#domain = opened.domain;
    this.#arrival = opened.arrival;
    this.waitSeconds = opened.waitSeconds;
    this.contentType = opened.contentType ?? "text/xml; charset=utf-8";
    this.#isPolling = opened.isPolling;
    this.#window = new BoshWindow(opened.rid, given.limits.bosh.requests, restored);
    this.#requests = new OpenRequests(given.clock, opened.waitSeconds * 1000, (rid) => this.#answerUpTo(rid));
    this.#queue = [...(restored?.queued ?? [])];
    this.#restoredQueue = this.#queue.length;
    this.#negotiation = new Negotiation({
      isResumable: false,
      signIn: given.signIn,
      arrival: opened.arrival,
      previd: "",
    });
    this.#inbox = new Inbox(given.clock, given.limits, (element) => element && this.#receive(element));
    this.#armInactivity(given.limits.bosh.inactivityMs);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get requests(): Pick<OpenRequests, "held" | "lost" | "early"> {
    return this.#requests;
  }

  get state(): BoshRestored {
    const { rid } = this.#window;
    const answers = this.#window.answers.filter((answer) => answer.rid > this.#receivedRid);
    const queued = this.#queue.map((item) => textOf(item, this.#address));
    return { rid, waitSeconds: this.waitSeconds, answers, queued };
  }

  /** A session a dead process had goes on here. */
  adopt(session: Session): void {
    this.#session = session;
    session.link = this;
  }

  write(xml: string) {
    this.#add(xml);
  }

  send(stanza: Outgoing, address: Address): void {
    this.#address = address;
    this.#add(stanza);
    if (stanza.isAnswer && this.#isScheduled) this.#given.turnEnd.addFirst(this);
  }

  #add(item: BoshItem) {
    if (this.#isEnded) return;
    this.#queue.push(item);
    if (this.#queue.length > this.#given.limits.bosh.queuedStanzas) {
      return this.#fault("resource-constraint", "too much was left unfetched");
    }
    this.#schedule();
  }

  end(condition?: StreamCondition, text = "") {
    if (!condition) return this.#terminate();
    this.#given.metrics.streamErrors.inc({ condition });
    this.#terminate(condition === "host-unknown" ? condition : "remote-stream-error", streamError(condition, text));
  }

  /** The first request, which opened the session. */
  open(body: BoshBody, bytes: number, exchange: BoshExchange) {
    const { limits } = this.#given;
    const offer = {
      sid: this.sid,
      version: agreedVersion(body.version),
      authid: randomBytes(9).toString("base64url"),
      from: this.#domain,
      waitSeconds: this.waitSeconds,
      requests: this.#isPolling ? 1 : limits.bosh.requests,
      hold: this.#isPolling ? 0 : 1,
      inactivitySeconds: Math.round(limits.bosh.inactivityMs / 1000),
      maxPauseSeconds: Math.round(limits.bosh.pauseMs / 1000),
      pollingSeconds: Math.round(limits.bosh.pollingMs / 1000),
    };
    const answer = writeSessionCreated(offer, this.#negotiation.open(this.#domain));
    this.#window.answer({ rid: body.rid, body: answer });
    exchange.answer(answer);
    this.#work(body, bytes);
  }

  request(body: BoshBody, bytes: number, exchange: BoshExchange) {
    const arrival = this.#window.arrive(body.rid, { body, bytes });
    switch (arrival.type) {
      case "replay":
        return exchange.answer(arrival.body);
      case "refused":
        this.#given.metrics.streamErrors.inc({ condition: "bad-rid" });
        exchange.answer(writeTerminate("item-not-found"));
        return this.abandon("item-not-found");
      case "repeated":
        return this.#replaceExchange(body.rid, exchange);
      case "early":
        this.#requests.arrived(body.rid, exchange);
        return this.#waitForEarlier();
      case "process":
        this.#requests.arrived(body.rid, exchange);
        return this.#process(arrival.due);
    }
  }

  /** The connection of a request that waits for its answer is gone. While none is left the client is not here. */
  connectionLost(): void {
    if (this.#isEnded || this.#inactivity || this.#requests.lost < this.#requests.held) return;
    this.#armInactivity(this.#given.limits.bosh.inactivityMs);
  }

  flush(): void {
    if (!this.#isScheduled) return;
    this.#isScheduled = false;
    if (this.#isEnded) return;
    while (this.#queue.length > 0 && this.#requests.held > 0) this.#answerOldest();
    while (this.#requests.held > (this.#isPolling ? 0 : 1)) this.#answerOldest();
  }

  /** The process ends: what is open is left to the client to repeat. */
  shutDown(): void {
    this.#isEnded = true;
    this.#stopTimers();
    this.#inbox.close();
  }

  #process(due: readonly Request[]): void {
    this.#active();
    for (const { body, bytes } of due) {
      if (this.#isEnded) return;
      // Nothing open and nothing to say: a client asks like this only once it has read its last answer (section 11).
      if (body.elements.length === 0 && this.#requests.held === 0) this.#receivedRid = body.rid - 1;
      this.#requests.hold(body.rid);
      this.#work(body, bytes);
    }
    this.#schedule();
    if (this.#isPolling && !this.#isEnded) this.#answerPolls();
  }

  /** What the stanzas brought in this turn of the event loop goes with the answer. */
  #answerPolls(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#given.turnEnd.add(this);
  }

  #active(): void {
    this.#restoredQueue = 0;
    this.#skipAhead?.cancel();
    this.#skipAhead = undefined;
    this.#inactivity?.cancel();
    this.#inactivity = undefined;
    if (this.#session) this.#given.touched(this.#session);
  }

  #work(body: BoshBody, bytes: number) {
    if (body.isRestart) this.#restart();
    const isIdle = body.elements.length === 0 && !body.isTerminate && !body.isRestart && body.pauseSeconds === 0;
    if (this.#pollsTooOften(isIdle)) return this.abandon("policy-violation");
    // A request without a stanza costs no less than one with.
    if (body.elements.length === 0 && !this.#inbox.add(undefined, bytes)) {
      return this.#fault("policy-violation", "too much at once");
    }
    const share = body.elements.length > 0 ? bytes / body.elements.length : 0;
    for (const element of body.elements) {
      if (this.#isEnded) return;
      const isAwaited = this.#session?.isAnswer(element) === true;
      if (!this.#inbox.add(element, share, isAwaited)) return this.#fault("policy-violation", "too much at once");
    }
    if (this.#isEnded) return;
    if (body.isTerminate) return this.#leave();
    if (body.pauseSeconds > 0) this.#pause(body.pauseSeconds);
  }

  /** XEP-0206 section 5. */
  #restart() {
    if (this.#session) return this.#fault("bad-format", "the stream is open");
    this.write(this.#negotiation.open(this.#domain));
  }

  /** XEP-0124 section 12. */
  #pollsTooOften(isIdle: boolean): boolean {
    if (!this.#isPolling) return false;
    const now = this.#given.clock.now();
    const last = this.#idlePollMs;
    this.#idlePollMs = isIdle && this.#queue.length === 0 ? now : undefined;
    return this.#idlePollMs !== undefined && last !== undefined && now - last < this.#given.limits.bosh.pollingMs;
  }

  #answerUpTo(rid: number): void {
    while ((this.#requests.oldestHeld ?? Number.POSITIVE_INFINITY) <= rid) this.#answerOldest();
  }

  #answerOldest(): void {
    const held = this.#requests.takeOldest();
    if (!held) return;
    const answer = new StanzasAnswer(held.rid, this.#takeQueue(), this.#address);
    this.#window.answer(answer);
    held.exchange.answer(answer);
    if (this.#session) this.#given.touched(this.#session);
    if (this.#requests.held > 0 || this.#isEnded || this.#inactivity) return;
    this.#armInactivity(this.#given.limits.bosh.inactivityMs);
  }

  /** As much of it as one answer may hold. */
  #takeQueue(): BoshItem[] {
    let length = 0;
    let count = 0;
    for (const item of this.#queue) {
      length += lengthOf(item, this.#address);
      if (count > 0 && length > this.#given.limits.bosh.answerCharacters) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isEnded) return;
    if (this.#requests.held === 0 || (this.#queue.length === 0 && this.#requests.held < 2)) return;
    this.#isScheduled = true;
    this.#given.turnEnd.add(this);
  }

  #replaceExchange(rid: number, exchange: BoshExchange) {
    if (!this.#requests.replace(rid, exchange)) return;
    this.#active();
    this.#requests.hold(rid);
    this.#schedule();
  }

  /** After a restart the request before may have been answered by the process that died; its answer took the queue. */
  #waitForEarlier(): void {
    if (!this.#window.isRestored || this.#skipAhead) return;
    this.#skipAhead = this.#given.clock.after(this.#given.limits.bosh.skipAheadMs, () => {
      this.#skipAhead = undefined;
      if (!this.#window.isRestored || this.#isEnded) return;
      this.#queue.splice(0, this.#restoredQueue);
      this.#process(this.#window.skipToEarliest());
    });
  }

  #pause(seconds: number): void {
    while (this.#requests.held > 0) this.#answerOldest();
    this.#armInactivity(Math.min(seconds * 1000, this.#given.limits.bosh.pauseMs));
  }

  #receive(element: Element) {
    if (this.#isEnded) return;
    const session = this.#session;
    if (!session) return this.#negotiate(element);
    if (!isStanza(element))
      return this.#fault("unsupported-stanza-type", `<${element.name.slice(0, 40)}> is no stanza`);
    // Bodies may be bigger than a stanza.
    const { stanzaBytes } = this.#given.limits;
    if (sizeOf(element, stanzaBytes) > stanzaBytes) return this.#fault("policy-violation", "the stanza is too big");
    session.received(element);
    this.#given.metrics.stanzasReceived.inc({ kind: element.name });
    this.#given.route(session, element);
  }

  #negotiate(element: Element): void {
    this.#inbox.hold();
    this.#negotiation
      .receive(element)
      .then((step) => {
        if (this.#isEnded) return;
        this.#take(step);
        this.#inbox.release();
      })
      .catch((error: unknown) => {
        this.#given.log.error({ err: error }, "a client could not be signed in");
        this.#fault("internal-server-error", "");
      });
  }

  #take(step: Step) {
    if (step.type === "write") return this.write(step.xml);
    if (step.type === "fail") return this.#fault(step.condition, step.text);
    if (step.type === "resume") return this.#fault("unsupported-stanza-type", "a BOSH session is not resumed");
    const { sessions } = this.#given;
    const { username, identity } = this.#negotiation;
    const session = sessions.open(username, this.#domain, this.#arrival, identity);
    this.#session = session;
    session.link = this;
    sessions.register(session, this.sid);
    this.#giveBackPlace();
    session.send(iqResult(step.iq, undefined, bindResult(session.jid.full)));
  }

  #leave(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) {
      session.link = undefined;
      this.#given.sessions.end(session, "client");
    }
    this.#terminate();
  }

  #fault(condition: StreamCondition, text: string): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) session.link = undefined;
    this.end(condition, text);
    if (session) this.#given.sessions.end(session, "error");
  }

  /** Ends the session without a word in the stream: what came is no part of it. */
  abandon(condition: BoshCondition): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) session.link = undefined;
    this.#terminate(condition);
    if (session) this.#given.sessions.end(session, "error");
  }

  #terminate(condition?: BoshCondition, content = ""): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopTimers();
    this.#inbox.close();
    const last = this.#takeQueue().map((item) => textOf(item, this.#address));
    const body = writeTerminate(condition, last.join("") + content);
    for (const exchange of this.#requests.takeAll()) exchange.answer(body);
    this.#giveBackPlace();
    this.#gone(this);
  }

  #giveBackPlace(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #armInactivity(delayMs: number): void {
    this.#inactivity?.cancel();
    this.#inactivity = this.#given.clock.after(delayMs, () => {
      this.#inactivity = undefined;
      const session = this.#session;
      this.#session = undefined;
      if (session) {
        session.link = undefined;
        this.#given.sessions.end(session, "timeout");
      }
      this.#terminate("item-not-found");
    });
  }

  #stopTimers(): void {
    this.#inactivity?.cancel();
    this.#skipAhead?.cancel();
    this.#requests.stopTimers();
  }
}
