import { childNamed, type XmlElement, xml } from "../xml/element.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { NS } from "./namespaces.ts";
import { SignInRefused } from "./sasl.ts";
import type { Credentials } from "./scram.ts";
import { type SignedIn, signIn } from "./sign-in.ts";
import { errorOf, iq, resultOf, StanzaError } from "./stanza.ts";
import { StreamManagement } from "./stream-management.ts";
import type { Transport } from "./transport.ts";

const SIGN_IN_TIMEOUT_MS = 6000;
/** The answer to a wrong password comes late, and later each time. */
const PASSWORD_TIMEOUT_MS = 15_000;
const IQ_TIMEOUT_MS = 15_000;
const PING_AFTER_SILENCE_MS = 10_000;
const PING_TIMEOUT_MS = 5000;

export type LinkState = "offline" | "connecting" | "connected" | "resuming";

export interface ConnectionEvents {
  stateChanged(state: LinkState): void;
  /** The server knows us under a new address: whoever was in a room has to join again. */
  rebound(jid: string): void;
  /** Returns true when the stanza was understood; an IQ nobody understands is answered for them. */
  stanza(stanza: XmlElement): boolean;
  refused(error: SignInRefused): void;
}

interface Waiting {
  resolve(answer: XmlElement): void;
  reject(error: Error): void;
}

/** A stream that comes back by itself: resumed when the server still has it, begun anew when not. */
export class XmppConnection {
  jid = "";
  readonly #domain: string;
  readonly #makeTransport: (previousId: string | undefined) => Transport;
  readonly #events: ConnectionEvents;
  readonly #credentials: Credentials | undefined;
  readonly #management = new StreamManagement();
  readonly #waiting = new Map<string, Waiting>();
  #transport: Transport | undefined;
  #state: LinkState = "offline";
  #closed = false;
  #nextId = 1;
  readonly #idPrefix = Math.random().toString(36).slice(2, 8);
  #lastReceivedAt = 0;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  /** Sent while no stream was there to take them, and not yet counted. */
  #held: XmlElement[] = [];
  #wake: (() => void) | undefined;

  /** Without credentials the server is told nothing but the domain. */
  constructor(
    domain: string,
    makeTransport: (previousId: string | undefined) => Transport,
    events: ConnectionEvents,
    credentials?: Credentials,
  ) {
    this.#domain = domain;
    this.#makeTransport = makeTransport;
    this.#events = events;
    this.#credentials = credentials;
  }

  get state(): LinkState {
    return this.#state;
  }

  newId(): string {
    return `${this.#idPrefix}-${this.#nextId++}`;
  }

  /** Resolves once signed in for the first time; keeps trying until then, unless the server refuses. */
  async connect(): Promise<void> {
    this.#setState("connecting");
    globalThis.addEventListener?.("online", () => this.#wake?.());
    await this.#establish();
    this.#pingTimer = setInterval(() => void this.#checkAlive(), 2500);
  }

  send(stanza: XmlElement): void {
    if (this.#closed) return;
    if (this.#state !== "connected" && !this.#management.resumable) {
      this.#held.push(stanza);
      return;
    }
    // While the link is down the stanza waits among the unconfirmed ones and leaves on resumption.
    const ask = this.#management.sending(stanza);
    if (this.#state !== "connected") return;
    this.#transport?.send(stanza);
    if (ask) this.#transport?.send(xml("r", { xmlns: NS.streamManagement }));
  }

  request(type: "get" | "set", to: string, ...children: XmlElement[]): Promise<XmlElement> {
    const id = this.newId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(new StanzaError(undefined, "remote-server-timeout"))),
        IQ_TIMEOUT_MS,
      );
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        outcome();
      };
      this.#waiting.set(id, {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      });
      this.send(iq(type, to, id, ...children));
    });
  }

  close(last: readonly XmlElement[] = []): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pingTimer);
    this.#transport?.close(this.#state === "connected" ? last : []);
    this.#wake?.();
    this.#failRequests();
    this.#setState("offline");
  }

  async #establish(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      if (attempt > 0 || this.jid) await this.#pause(reconnectDelayMs(attempt, Math.random()));
      try {
        const { signedIn, deliver } = await this.#attempt();
        if (this.#closed) return;
        this.#begin(signedIn);
        deliver();
        return;
      } catch (error) {
        this.#transport?.abandon();
        if (error instanceof SignInRefused) {
          this.#events.refused(error);
          throw error;
        }
        // A typed password is tried once: each try counts, and whoever typed it is there to try again.
        if (this.#credentials && !this.#credentials.isKept) throw error;
      }
    }
  }

  /** Opens a link and signs in. What arrives after that is kept until `deliver` is called, then handled as it comes. */
  async #attempt(): Promise<{ signedIn: SignedIn; deliver: () => void }> {
    const transport = this.#makeTransport(this.#management.resumable ? this.#management.id : undefined);
    this.#transport = transport;
    const queue: XmlElement[] = [];
    let live = false;
    let taker: Waiting | undefined;
    let failure: Error | undefined;
    const fail = (reason: string) => {
      failure = new Error(reason);
      taker?.reject(failure);
    };
    const patienceMs = this.#credentials ? PASSWORD_TIMEOUT_MS : SIGN_IN_TIMEOUT_MS;
    const timer = setTimeout(() => fail("signing in took too long"), patienceMs);
    transport.open({
      received: (element) => {
        if (live) this.#received(element);
        else if (taker) {
          const { resolve } = taker;
          taker = undefined;
          resolve(element);
        } else queue.push(element);
      },
      closed: (reason) => (live ? this.#lost(transport) : fail(reason)),
      faltered: (isFaltering) => {
        if (live) this.#faltered(transport, isFaltering);
      },
    });
    const next = () =>
      new Promise<XmlElement>((resolve, reject) => {
        const queued = queue.shift();
        if (queued) resolve(queued);
        else if (failure) reject(failure);
        else taker = { resolve, reject };
      });
    try {
      const signedIn = await signIn(transport, { next }, this.#management, this.#credentials);
      const deliver = () => {
        live = true;
        for (const element of queue.splice(0)) this.#received(element);
        if (failure) this.#lost(transport);
      };
      return { signedIn, deliver };
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(signedIn: SignedIn): void {
    this.#lastReceivedAt = Date.now();
    const again = this.jid !== "";
    if (signedIn.how === "resumed") {
      for (const stanza of signedIn.resend) this.#transport?.send(stanza);
      this.#setState("connected");
      return;
    }
    this.jid = signedIn.jid;
    if (again) {
      this.#failRequests();
      this.#held = [];
    }
    this.#setState("connected");
    for (const stanza of this.#held.splice(0)) this.send(stanza);
    if (again) this.#events.rebound(this.jid);
  }

  #lost(transport: Transport): void {
    if (this.#closed || transport !== this.#transport) return;
    this.#setState("resuming");
    this.#establish().catch(() => this.#setState("offline"));
  }

  /** The stream goes on once the server is reached again: what is said meanwhile waits. */
  #faltered(transport: Transport, isFaltering: boolean): void {
    if (this.#closed || transport !== this.#transport) return;
    this.#setState(isFaltering ? "resuming" : "connected");
    if (!isFaltering) for (const stanza of this.#held.splice(0)) this.send(stanza);
  }

  #received(element: XmlElement): void {
    this.#lastReceivedAt = Date.now();
    if (element.attrs.xmlns === NS.streamManagement) {
      if (element.name === "r") this.#transport?.send(this.#management.answer());
      if (element.name === "a") this.#management.acknowledge(Number(element.attrs.h));
      return;
    }
    if (element.name !== "iq" && element.name !== "presence" && element.name !== "message") return;
    this.#management.receiving();
    if (element.name === "iq") this.#receivedIq(element);
    else this.#events.stanza(element);
  }

  #receivedIq(stanza: XmlElement): void {
    const { type, id = "" } = stanza.attrs;
    if (type === "result") {
      this.#waiting.get(id)?.resolve(stanza);
      return;
    }
    if (type === "error") {
      this.#waiting.get(id)?.reject(new StanzaError(stanza));
      return;
    }
    if (childNamed(stanza, "ping", NS.ping)) {
      this.send(resultOf(stanza));
      return;
    }
    if (!this.#events.stanza(stanza)) this.send(errorOf(stanza, "cancel", "service-unavailable"));
  }

  /** A link that has silently died is noticed here; two unanswered pings are taken as proof. */
  async #checkAlive(): Promise<void> {
    if (this.#state !== "connected" || Date.now() - this.#lastReceivedAt < PING_AFTER_SILENCE_MS) return;
    const transport = this.#transport;
    this.send(iq("get", this.#domain, this.newId(), xml("ping", { xmlns: NS.ping })));
    const silentFor = () => Date.now() - this.#lastReceivedAt;
    if (silentFor() < PING_AFTER_SILENCE_MS + PING_TIMEOUT_MS || transport !== this.#transport) return;
    if (!transport || transport.renew()) return;
    transport.abandon();
    this.#lost(transport);
  }

  #failRequests(): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(new StanzaError(undefined, "connection-lost"));
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #setState(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.stateChanged(state);
  }
}
