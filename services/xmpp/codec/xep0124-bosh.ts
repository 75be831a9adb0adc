/** XEP-0124 1.11 and XEP-0206 1.4, https://xmpp.org/extensions/xep-0124.html: BOSH. */
import { ns } from "./namespaces.ts";
import { optionalInteger, type Read, reading, requiredInteger, unreadable } from "./reading.ts";
import { type Element, elementsOf, isElement } from "./xml/element.ts";
import { escapeAttribute } from "./xml/serialise.ts";

/** XEP-0124 section 4: the first rid, and all that follow, are at most this. */
const maxRid = 2 ** 53 - 1;

export type BoshBody = {
  readonly rid: number;
  /** "" in the request that starts a session. */
  readonly sid: string;
  readonly to: string;
  readonly waitSeconds: number;
  readonly hold: number;
  /** 0 where the client does not pause. */
  readonly pauseSeconds: number;
  readonly isTerminate: boolean;
  readonly isRestart: boolean;
  readonly elements: readonly Element[];
};

export function readBody(root: Element): Read<BoshBody> {
  return reading(() => {
    if (!isElement(root, "body", ns.httpbind)) unreadable("expected <body> of http://jabber.org/protocol/httpbind");
    const elements = elementsOf(root);
    for (const element of elements) {
      // COMPAT: strophe leaves out the namespace of stanzas now and then; they would be BOSH's own.
      if (element.attrs.xmlns === undefined || element.attrs.xmlns === ns.httpbind) element.attrs.xmlns = ns.client;
    }
    return {
      rid: requiredInteger(root, "rid", 0, maxRid),
      sid: root.attrs.sid ?? "",
      to: root.attrs.to ?? "",
      waitSeconds: optionalInteger(root, "wait", 0, maxRid, 60),
      hold: optionalInteger(root, "hold", 0, maxRid, 1),
      pauseSeconds: optionalInteger(root, "pause", 0, maxRid, 0),
      isTerminate: root.attrs.type === "terminate",
      isRestart: root.attrs["xmpp:restart"] === "true",
      elements,
    };
  });
}

export type BoshCondition =
  | "bad-request"
  | "host-unknown"
  | "internal-server-error"
  | "item-not-found"
  | "policy-violation"
  | "remote-stream-error"
  | "system-shutdown";

export function writeBody(content: string): string {
  if (content === "") return `<body xmlns="${ns.httpbind}"/>`;
  return `<body xmlns="${ns.httpbind}" xmlns:stream="${ns.stream}">${content}</body>`;
}

export function writeTerminate(condition?: BoshCondition, content = ""): string {
  const attribute = condition === undefined ? "" : ` condition="${condition}"`;
  const stream = content === "" ? "" : ` xmlns:stream="${ns.stream}"`;
  return `<body xmlns="${ns.httpbind}"${stream} type="terminate"${attribute}${content === "" ? "/>" : `>${content}</body>`}`;
}

export type SessionOffer = {
  readonly sid: string;
  readonly from: string;
  readonly waitSeconds: number;
  readonly requests: number;
  readonly hold: number;
  readonly inactivitySeconds: number;
  readonly maxPauseSeconds: number;
};

export function writeSessionCreated(offer: SessionOffer, content: string): string {
  const attributes = [
    `sid="${offer.sid}"`,
    `wait="${offer.waitSeconds}"`,
    `requests="${offer.requests}"`,
    `hold="${offer.hold}"`,
    `inactivity="${offer.inactivitySeconds}"`,
    `maxpause="${offer.maxPauseSeconds}"`,
    'polling="5"',
    'ver="1.6"',
    `from="${escapeAttribute(offer.from)}"`,
    'xmpp:version="1.0"',
    'xmpp:restartlogic="true"',
  ].join(" ");
  return `<body xmlns="${ns.httpbind}" xmlns:stream="${ns.stream}" xmlns:xmpp="${ns.xbosh}" ${attributes}>${content}</body>`;
}
