import type { XmlElement } from "../xml/element.ts";

export interface TransportEvents {
  /** A complete top-level element: stream features, SASL, stream management or a stanza. */
  received(element: XmlElement): void;
  /** The link is gone and will not come back by itself. */
  closed(reason: string): void;
  /** The server can't be reached just now, which the link itself tries to mend; or it is reached again. */
  faltered(isFaltering: boolean): void;
}

/** One way to carry an XMPP stream. A transport is opened once; a new attempt takes a new one. */
export interface Transport {
  readonly canResume: boolean;
  /** Nobody on the way can read along. */
  readonly isSecure: boolean;
  open(events: TransportEvents): void;
  send(element: XmlElement): void;
  /** Begins the stream anew, as the protocol asks after signing in. */
  restart(): void;
  /** Says goodbye with the given last stanzas, in a way that also works while the page is being left. */
  close(last?: readonly XmlElement[]): void;
  /** Asks again on new connections for what is under way, without losing the stream; false where it can't. */
  renew(): boolean;
  /** Drops the link without a word, so that the stream can be resumed. */
  abandon(): void;
}
