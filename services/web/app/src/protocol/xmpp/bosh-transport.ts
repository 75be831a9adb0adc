// XEP-0124 and XEP-0206: an XMPP stream over HTTP requests, for networks that let no WebSocket through.
import { elementsOf, serialise, type XmlElement, xml } from "../xml/element.ts";
import { parseXml } from "../xml/parse.ts";
import { NS } from "./namespaces.ts";
import type { Transport, TransportEvents } from "./transport.ts";

const WAIT_S = 60;
const MAX_IN_FLIGHT = 2;
/** Before there is a session to lose. */
const OPENING_PATIENCE_MS = 6_000;
/** What a server keeps a silent session for that does not say (XEP-0124 leaves it open). */
const USUAL_INACTIVITY_S = 60;
/** A connection that led nowhere may hang for minutes while a new one would not. */
const RENEW_EACH_MS = 15_000;
const PAUSE_MS = { step: 300, most: 1500 } as const;

export class BoshTransport implements Transport {
  readonly canResume = false;
  readonly #url: string;
  readonly #domain: string;
  #events: TransportEvents | undefined;
  #sid: string | undefined;
  #rid = 0;
  #inFlight = 0;
  #outgoing: XmlElement[] = [];
  #restartAsked = false;
  #flushPlanned = false;
  /** Answers may overtake each other; they are delivered by request number. */
  #nextRid = 0;
  readonly #answers = new Map<number, readonly XmlElement[]>();
  readonly #abort = new AbortController();
  #renewal = new AbortController();
  /** Nobody has answered for so long: the server has given the session up too. */
  #patienceMs = OPENING_PATIENCE_MS;
  /** While the server can't be reached. */
  #renewing: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, domain: string) {
    this.#url = url;
    this.#domain = domain;
  }

  get isSecure(): boolean {
    return this.#url.startsWith("https:");
  }

  open(events: TransportEvents): void {
    this.#events = events;
    // Room is left for a long call's requests below 2^53.
    this.#rid = this.#nextRid = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    const { rid, ...attributes } = this.#attributes();
    void this.#exchange(rid, {
      ...attributes,
      to: this.#domain,
      wait: String(WAIT_S),
      hold: "1",
      content: "text/xml; charset=utf-8",
      ver: "1.6",
      "xmpp:version": "1.0",
      "xmlns:xmpp": NS.xbosh,
    });
  }

  send(element: XmlElement): void {
    this.#outgoing.push(element);
    this.#planFlush();
  }

  restart(): void {
    this.#restartAsked = true;
    this.#planFlush();
  }

  close(last: readonly XmlElement[] = []): void {
    if (!this.#events) return;
    const { rid, ...attributes } = this.#attributes();
    const body = xml("body", { ...attributes, rid, type: "terminate" }, ...this.#outgoing, ...last);
    this.abandon();
    // The page may be on its way out, where only a beacon still leaves.
    if (this.#sid) navigator.sendBeacon(this.#url, serialise(body));
  }

  renew(): boolean {
    this.#renewal.abort();
    this.#renewal = new AbortController();
    return true;
  }

  abandon(): void {
    this.#events = undefined;
    clearInterval(this.#renewing);
    this.#abort.abort();
  }

  #attributes(): { rid: number; xmlns: string; sid?: string; "xml:lang": string } {
    const rid = this.#rid++;
    return { rid, xmlns: NS.httpBind, ...(this.#sid ? { sid: this.#sid } : {}), "xml:lang": "en" };
  }

  /** Stanzas of one turn of the event loop share a request. */
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#events || !this.#sid || this.#inFlight >= MAX_IN_FLIGHT) return;
    if (this.#restartAsked) {
      this.#restartAsked = false;
      const { rid, ...attributes } = this.#attributes();
      void this.#exchange(rid, { ...attributes, to: this.#domain, "xmpp:restart": "true", "xmlns:xmpp": NS.xbosh });
      return;
    }
    // One request has to wait at the server all the time, for what it may have to say.
    if (this.#outgoing.length > 0 || this.#inFlight === 0) this.#fill();
  }

  async #exchange(rid: number, attributes: Record<string, string>, stanzas: readonly XmlElement[] = []): Promise<void> {
    this.#inFlight++;
    const text = serialise(xml("body", { rid, ...attributes }, ...stanzas));
    const answer = await this.#post(text);
    this.#inFlight--;
    if (!this.#events) return;
    if (typeof answer === "string") return this.#end(answer);
    if (this.#sid === undefined && answer.attrs.sid) {
      this.#sid = answer.attrs.sid;
      this.#patienceMs = (Number(answer.attrs.inactivity) || USUAL_INACTIVITY_S) * 1000;
    }
    if (answer.attrs.type === "terminate") return this.#end(answer.attrs.condition ?? "terminated");
    this.#answers.set(rid, elementsOf(answer));
    this.#deliver();
    this.#flush();
  }

  /**
   * Repeats the very same request while the server cannot be reached: it answers a repeated rid from memory. Another host
   * may take a quarter of a minute to go on with the session where the one before did not say goodbye.
   */
  async #post(body: string): Promise<XmlElement | string> {
    let failedAt: number | undefined;
    for (let tries = 1; ; tries++) {
      try {
        const ends = [this.#abort.signal, this.#renewal.signal, AbortSignal.timeout(WAIT_S * 1100)];
        const response = await fetch(this.#url, {
          method: "POST",
          headers: { "Content-Type": "text/xml; charset=utf-8" },
          body,
          signal: AbortSignal.any(ends),
        });
        if (response.status >= 400 && response.status < 500) return `http ${response.status}`;
        if (response.ok) {
          const answer = await response.text();
          this.#falter(false);
          return parseXml(answer) ?? "answer is not XML";
        }
      } catch {
        if (this.#abort.signal.aborted) return "closed";
      }
      failedAt ??= Date.now();
      if (Date.now() - failedAt >= this.#patienceMs) return "server does not answer";
      this.#falter(true);
      await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS.step * tries, PAUSE_MS.most)));
    }
  }

  #falter(isFaltering: boolean): void {
    if (!this.#events || isFaltering === (this.#renewing !== undefined)) return;
    clearInterval(this.#renewing);
    this.#renewing = isFaltering ? setInterval(() => this.renew(), RENEW_EACH_MS) : undefined;
    this.#events.faltered(isFaltering);
    // Of two requests that wait the server answers the first at once: so the end of the outage is heard of.
    if (isFaltering) this.#fill();
  }

  #fill(): void {
    if (!this.#sid || this.#inFlight >= MAX_IN_FLIGHT) return;
    const { rid, ...attributes } = this.#attributes();
    void this.#exchange(rid, attributes, this.#outgoing.splice(0));
  }

  #deliver(): void {
    for (let answer = this.#answers.get(this.#nextRid); answer; answer = this.#answers.get(this.#nextRid)) {
      this.#answers.delete(this.#nextRid++);
      for (const element of answer) this.#events?.received(element);
    }
  }

  #end(reason: string): void {
    const events = this.#events;
    this.abandon();
    events?.closed(reason);
  }
}
