import type { Log } from "@veche/kit/log.ts";
import { ns } from "../codec/namespaces.ts";
import { errorElement, serviceUnavailable } from "../codec/rfc6120-stanza.ts";
import { mucStatus } from "../codec/xep0045-muc.ts";
import { childOf, childrenOf, type Element, el } from "../codec/xml/element.ts";
import type { Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import { CallLink, readStanza } from "./call-link.ts";

export interface CallClientListener {
  /** Somebody asks it something: an IQ of type get or set. */
  asked(iq: Element): void;
  /** A message, to it alone or to everybody. */
  told(message: Element): void;
  /** Its own presence in a room, without its having tried to come in. */
  shown(presence: Element): void;
  /** It is in a room no more. */
  left(presence: Element): void;
}

type Given = {
  readonly sessions: Pick<Sessions, "resume">;
  readonly route: (session: Session, stanza: Element) => void;
  readonly log: Log;
};

/** What a client does for a call: it asks, comes in, shows itself and hears, by the stanzas that any client sends. */
export class CallClient {
  readonly #session: Session;
  readonly #given: Given;
  readonly #listener: CallClientListener;
  readonly #asked = new Map<string, (answer: Element) => void>();
  /** By the address it wants to have in a room. */
  readonly #entering = new Map<string, (outcome: Element) => void>();
  #number = 0;

  constructor(session: Session, given: Given, listener: CallClientListener) {
    this.#session = session;
    this.#given = given;
    this.#listener = listener;
  }

  /** Takes the session over; what came while it had no client is worked on at once. */
  attach(): void {
    const session = this.#session;
    const link = new CallLink(session, (stanza) => this.#take(stanza));
    this.#given.sessions.resume(session, () => {
      session.link = link;
    });
    const missed = session.unacknowledged;
    // After a restart the first acknowledgement is about what the process before had sent.
    if (session.counts) session.acknowledgedUpTo(session.counts.acknowledged);
    link.acknowledge();
    for (const xml of missed) {
      const stanza = readStanza(xml);
      if (stanza) this.#take(stanza);
    }
  }

  /** Resolves with the answer, a result or an error. */
  ask(to: string, payload: Element): Promise<Element> {
    const id = `call${++this.#number}`;
    return this.#awaiting(this.#asked, id, el("iq", { type: "set", id, to }, payload));
  }

  /** Resolves with its own presence in the room, or an error. */
  enter(to: string, content: readonly Element[], password: string): Promise<Element> {
    const wanted = password === "" ? undefined : el("password", {}, password);
    const history = el("history", { maxstanzas: 0 });
    const join = el("x", { xmlns: ns.muc }, wanted, history);
    return this.#awaiting(this.#entering, to, el("presence", { to }, join, content));
  }

  show(to: string, content: readonly Element[]): void {
    this.send(el("presence", { to }, content));
  }

  send(stanza: Element): void {
    this.#given.route(this.#session, stanza);
  }

  /** Its session is over: nothing that it waits for comes any more. */
  close(): void {
    const gone = el("gone", { type: "error" }, errorElement(serviceUnavailable));
    for (const answer of [...this.#asked.values(), ...this.#entering.values()]) answer(gone);
  }

  #awaiting(table: Map<string, (answer: Element) => void>, key: string, stanza: Element): Promise<Element> {
    return new Promise((resolve) => {
      table.set(key, (answer) => {
        table.delete(key);
        resolve(answer);
      });
      this.send(stanza);
    });
  }

  /** What goes wrong with one stanza is the end of that stanza. */
  #take(stanza: Element): void {
    try {
      this.#receive(stanza);
    } catch (err) {
      this.#given.log.error({ err }, "a call could not work on a stanza");
    }
  }

  #receive(stanza: Element) {
    const { type, id = "", from = "" } = stanza.attrs;
    if (stanza.name === "message") return this.#listener.told(stanza);
    if (stanza.name === "presence") return this.#presence(stanza, from, type);
    if (type === "get" || type === "set") return this.#listener.asked(stanza);
    this.#asked.get(id)?.(stanza);
  }

  #presence(stanza: Element, from: string, type: string | undefined) {
    if (type === "error") return this.#entering.get(from)?.(stanza);
    if (!isOwn(stanza)) return;
    if (type === "unavailable") return this.#listener.left(stanza);
    const entering = this.#entering.get(from);
    if (entering) entering(stanza);
    else this.#listener.shown(stanza);
  }
}

function isOwn(presence: Element): boolean {
  return statusesOf(presence).includes(mucStatus.self);
}

/** Status codes of a presence in a room. */
export function statusesOf(presence: Element): readonly number[] {
  const user = childOf(presence, "x", ns.mucUser);
  return user ? childrenOf(user, "status").map(({ attrs }) => Number(attrs.code)) : [];
}
