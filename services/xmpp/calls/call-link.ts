import type { Address, Outgoing } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import { parseXml } from "../codec/xml/parse.ts";
import type { Link, Session } from "../stream/session.ts";

/**
 * Carries a session's stanzas to a client in this process. What is sent counts as arrived at once; the client works on it
 * when the turn that sent it is over, so that nothing it does comes in the middle of that.
 */
export class CallLink implements Link {
  readonly kind = "call";
  readonly #session: Session;
  /** Must not throw. */
  readonly #receive: (stanza: Element) => void;
  readonly #queue: (readonly [Outgoing, Address])[] = [];

  constructor(session: Session, receive: (stanza: Element) => void) {
    this.#session = session;
    this.#receive = receive;
  }

  send(stanza: Outgoing, address: Address): void {
    this.acknowledge();
    if (this.#queue.push([stanza, address]) === 1) queueMicrotask(() => this.#deliver());
  }

  /** Nothing but requests for acknowledgements, which are given without. */
  write(): void {}

  end(): void {}

  acknowledge(): void {
    const { counts } = this.#session;
    if (counts) this.#session.acknowledgedUpTo(counts.sent);
  }

  #deliver(): void {
    for (const [stanza, address] of this.#queue.splice(0)) {
      const element = readOnce(stanza, address);
      if (element) this.#receive(element);
    }
  }
}

/** The calls of a room get the same stanzas: each is read once for all of them, and nobody changes it. */
const known = new WeakMap<Outgoing, Element | undefined>();

function readOnce(stanza: Outgoing, address: Address): Element | undefined {
  if (!known.has(stanza)) known.set(stanza, readStanza(stanza.to(address)));
  return known.get(stanza);
}

/** Undefined for what can't be read. */
export function readStanza(xml: string): Element | undefined {
  const parsed = parseXml(xml, bounds);
  return parsed.ok ? parsed.root : undefined;
}

const bounds = { length: 10_000_000, depth: 64, attributes: 128, children: 10_000 };
