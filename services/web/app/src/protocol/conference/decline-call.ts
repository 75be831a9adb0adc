// A Jitsi client that is alone with somebody offers them a call without the bridge (P2P). We stay on the bridge.
import { childNamed, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { errorOf, iq, resultOf } from "../xmpp/stanza.ts";

/**
 * What to answer Jingle of another participant with: an offer is acknowledged and declined (XEP-0166 6.5.1), so that the
 * other side drops its attempt at once; there is never a session that anything else could be about.
 */
export function declineCall(stanza: XmlElement): readonly XmlElement[] {
  const jingle = childNamed(stanza, "jingle", NS.jingle);
  if (jingle?.attrs.action !== "session-initiate") {
    return [errorOf(stanza, "cancel", "item-not-found", xml("unknown-session", { xmlns: NS.jingleErrors }))];
  }
  const { sid, initiator } = jingle.attrs;
  const reason = xml("reason", { xmlns: NS.jingle }, xml("decline", { xmlns: NS.jingle }));
  const terminate = xml("jingle", { xmlns: NS.jingle, action: "session-terminate", sid, initiator }, reason);
  return [resultOf(stanza), iq("set", stanza.attrs.from, `decline-${sid ?? ""}`, terminate)];
}
