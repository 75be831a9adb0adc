// What this client can do, as others ask by disco#info (XEP-0030) and remember by its hash (XEP-0115).
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

export const FEATURES: readonly string[] = [
  "http://jabber.org/protocol/caps",
  "http://jabber.org/protocol/disco#info",
  "http://jitsi.org/json-encoded-sources",
  "http://jitsi.org/receive-multiple-video-streams",
  "http://jitsi.org/source-name",
  "http://jitsi.org/start-muted-room-metadata",
  "http://jitsi.org/tcc",
  "urn:ietf:rfc:4588",
  // Our answer to a source-add comes after it was applied, and our offers say ice-lite: the focus need not wait or adapt.
  "urn:veche:acknowledges-applied",
  "urn:xmpp:jingle:1",
  "urn:xmpp:jingle:apps:dtls:0",
  "urn:xmpp:jingle:apps:rtp:1",
  "urn:xmpp:jingle:apps:rtp:audio",
  "urn:xmpp:jingle:apps:rtp:video",
  "urn:xmpp:jingle:transports:ice-udp:1",
  "urn:xmpp:ping",
];

const IDENTITY = { category: "client", type: "web", name: "Veche" };

/** The text whose SHA-1 is `VERSION`. */
export const VERIFICATION = [`${IDENTITY.category}/${IDENTITY.type}//${IDENTITY.name}`, ...FEATURES]
  .map((each) => `${each}<`)
  .join("");

/** Kept as a constant because hashing needs a secure page and a wait; a test compares it with `VERIFICATION`. */
export const VERSION = "aDjZ8Gt/qqykrja5Bw+KJTsgj4A=";

export const NODE = "https://jitsi.org/jitsi-meet";

export function capsElement(): XmlElement {
  return xml("c", { xmlns: NS.caps, hash: "sha-1", node: NODE, ver: VERSION });
}

export function discoAnswer(node: string | undefined): XmlElement {
  return xml(
    "query",
    { xmlns: NS.discoInfo, node },
    xml("identity", { xmlns: NS.discoInfo, ...IDENTITY }),
    ...FEATURES.map((name) => xml("feature", { xmlns: NS.discoInfo, var: name })),
  );
}
