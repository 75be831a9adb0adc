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
  /** Of BOSH, as the client says it; "" where it doesn't. */
  readonly version: string;
  /** Content type of the answers the client asks for. */
  readonly contentType: string;
  /** XEP-0124 section 15: each request is to prove that it comes from who sent the one before. */
  readonly isKeyed: boolean;
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
      version: /^\d{1,3}\.\d{1,3}$/.test(root.attrs.ver ?? "") ? (root.attrs.ver ?? "") : "",
      contentType: readContentType(root.attrs.content),
      isKeyed: root.attrs.newkey !== undefined,
      waitSeconds: optionalInteger(root, "wait", 0, maxRid, 60),
      hold: optionalInteger(root, "hold", 0, maxRid, 1),
      pauseSeconds: optionalInteger(root, "pause", 0, maxRid, 0),
      isTerminate: root.attrs.type === "terminate",
      isRestart: root.attrs["xmpp:restart"] === "true",
      elements,
    };
  });
}

const pollAttribute = / (rid|sid|xmlns)=(?:"([^"<&]*)"|'([^'<&]*)')/y;

/**
 * The empty request that follows each answer, read without a parser: half of all a BOSH client sends. Undefined for
 * whatever is not just this, in which case the parser says what it is.
 */
export function readPoll(text: string): BoshBody | undefined {
  if (!text.startsWith("<body ") || text.length > maxPollLength) return undefined;
  const found = new Map<string, string>();
  pollAttribute.lastIndex = "<body".length;
  let end = pollAttribute.lastIndex;
  for (let match = pollAttribute.exec(text); match; match = pollAttribute.exec(text)) {
    const name = match[1] ?? "";
    if (found.has(name)) return undefined;
    found.set(name, match[2] ?? match[3] ?? "");
    end = pollAttribute.lastIndex;
    if (found.size === pollAttributes) break;
  }
  const rest = text.slice(end);
  if (found.size < pollAttributes || (rest !== "/>" && rest !== " />" && rest !== "></body>")) return undefined;
  const [rid = "", sid = ""] = [found.get("rid"), found.get("sid")];
  if (found.get("xmlns") !== ns.httpbind || !/^\d{1,15}$/.test(rid) || !/^[0-9a-f]{1,128}$/.test(sid)) return undefined;
  return { ...emptyPoll, rid: Number(rid), sid };
}

const maxPollLength = 400;
const pollAttributes = 3;
const emptyPoll: BoshBody = {
  rid: 0,
  sid: "",
  to: "",
  version: "",
  contentType: readContentType(undefined),
  isKeyed: false,
  waitSeconds: 60,
  hold: 1,
  pauseSeconds: 0,
  isTerminate: false,
  isRestart: false,
  elements: [],
};

/**
 * A client may want its answers labelled otherwise (XEP-0124 section 7.1). Nothing a browser would run: whoever can make
 * somebody's browser send a form could have it show the answer.
 */
function readContentType(content: string | undefined): string {
  const [type = ""] = (content ?? "").split(";");
  const known = /^\s*(text\/xml|application\/xml|text\/plain)\s*$/i.exec(type)?.[1];
  return `${(known ?? "text/xml").toLowerCase()}; charset=utf-8`;
}

/**
 * Whose session a body that is no XML was meant for: to know the sid is to be allowed to end the session. Undefined where
 * it can't be made out.
 */
export function sidOfRubbish(text: string): string | undefined {
  return /^\s*(?:<\?xml[^>]{0,100}\?>\s*)?<body\b[^>]{0,2000}?\ssid=["']([^"'<>]{1,128})["']/.exec(text)?.[1];
}

export type BoshCondition =
  | "bad-request"
  | "host-unknown"
  | "item-not-found"
  | "policy-violation"
  | "remote-stream-error"
  | "undefined-condition";

const emptyBody = { start: `<body xmlns="${ns.httpbind}"/>`, end: "" };
const fullBody = { start: `<body xmlns="${ns.httpbind}" xmlns:stream="${ns.stream}">`, end: "</body>" };

/** What stands before and after the content of an answer. */
export function bodyParts(isEmpty: boolean): { readonly start: string; readonly end: string } {
  return isEmpty ? emptyBody : fullBody;
}

export function writeBody(content: string): string {
  const { start, end } = bodyParts(content === "");
  return start + content + end;
}

export function writeTerminate(condition?: BoshCondition, content = ""): string {
  const attribute = condition === undefined ? "" : ` condition="${condition}"`;
  const stream = content === "" ? "" : ` xmlns:stream="${ns.stream}"`;
  return `<body xmlns="${ns.httpbind}"${stream} type="terminate"${attribute}${content === "" ? "/>" : `>${content}</body>`}`;
}

/** The version of XEP-0124 this follows. */
const ownVersion = "1.11";

/** The lower of what the client speaks and what we do. */
export function agreedVersion(theirs: string): string {
  if (theirs === "") return ownVersion;
  const [major = 0, minor = 0] = theirs.split(".").map(Number);
  const [ownMajor = 0, ownMinor = 0] = ownVersion.split(".").map(Number);
  const isLower = major < ownMajor || (major === ownMajor && minor < ownMinor);
  return isLower ? theirs : ownVersion;
}

/** What a client that would prove each request by a key is told instead of being left without that protection. */
export const keysNotSupported = `<text xmlns="${ns.streams}">key sequencing is not supported</text>`;

/** XEP-0124 section 16: who asks by script gets its answer as one. It may not read more than that it can't. */
export const scriptRefusal = `_BOSH_(${JSON.stringify(writeTerminate("undefined-condition"))})`;

export type SessionOffer = {
  readonly sid: string;
  readonly version: string;
  /** Of the XMPP stream, for legacy clients; it says nothing of the sid. */
  readonly authid: string;
  readonly from: string;
  readonly waitSeconds: number;
  readonly requests: number;
  readonly hold: number;
  readonly inactivitySeconds: number;
  readonly maxPauseSeconds: number;
  readonly pollingSeconds: number;
};

export function writeSessionCreated(offer: SessionOffer, content: string): string {
  const attributes = [
    `sid="${offer.sid}"`,
    `wait="${offer.waitSeconds}"`,
    `requests="${offer.requests}"`,
    `hold="${offer.hold}"`,
    `inactivity="${offer.inactivitySeconds}"`,
    `maxpause="${offer.maxPauseSeconds}"`,
    `polling="${offer.pollingSeconds}"`,
    `ver="${offer.version}"`,
    `authid="${offer.authid}"`,
    `from="${escapeAttribute(offer.from)}"`,
    'xmpp:version="1.0"',
    'xmpp:restartlogic="true"',
  ].join(" ");
  return `<body xmlns="${ns.httpbind}" xmlns:stream="${ns.stream}" xmlns:xmpp="${ns.xbosh}" ${attributes}>${content}</body>`;
}
