import { errorReply, type StanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import type { Session } from "../stream/session.ts";

/** Tells the sender of a stanza what is wrong with it; `from` is the address it was sent to. */
export function refuseStanza(session: Session, stanza: Element, from: string | undefined, error: StanzaError): void {
  const reply = errorReply(stanza, from, error);
  if (reply) session.send(reply);
}
