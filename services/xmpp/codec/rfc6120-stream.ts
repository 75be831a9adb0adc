/** RFC 6120 sections 4 to 7, https://www.rfc-editor.org/rfc/rfc6120: stream features, stream errors, SASL, bind. */
import { ns } from "./namespaces.ts";
import { childOf, type Element, el, isElement } from "./xml/element.ts";
import { escapeAttribute, escapeText } from "./xml/serialise.ts";
import type { StreamHeader } from "./xml/stream-parser.ts";

export type StreamCondition =
  | "bad-format"
  | "conflict"
  | "connection-timeout"
  | "host-unknown"
  | "internal-server-error"
  | "invalid-namespace"
  | "invalid-xml"
  | "not-authorized"
  | "not-well-formed"
  | "policy-violation"
  | "reset"
  | "resource-constraint"
  | "restricted-xml"
  | "system-shutdown"
  | "undefined-condition"
  | "unsupported-encoding"
  | "unsupported-stanza-type"
  | "unsupported-version";

export function streamError(condition: StreamCondition, text = "", detail = ""): string {
  const reason = text === "" ? "" : `<text xmlns="${ns.streams}">${escapeText(text)}</text>`;
  return `<stream:error xmlns:stream="${ns.stream}"><${condition} xmlns="${ns.streams}"/>${reason}${detail}</stream:error>`;
}

export function featuresBeforeSignIn(mechanisms: readonly string[]): string {
  const offered = mechanisms.map((mechanism) => `<mechanism>${mechanism}</mechanism>`).join("");
  return features(`<mechanisms xmlns="${ns.sasl}">${offered}</mechanisms>`);
}

export function featuresAfterSignIn(options: { readonly isResumable: boolean }): string {
  const sm = options.isResumable ? `<sm xmlns="${ns.sm}"/>` : "";
  return features(`<bind xmlns="${ns.bind}"/><session xmlns="${ns.session}"><optional/></session>${sm}`);
}

function features(content: string): string {
  return `<stream:features xmlns:stream="${ns.stream}">${content}</stream:features>`;
}

/** What is wrong with the opening tag of a client's stream (RFC 6120 section 4.8 and 4.7.5). */
export function faultOfHeader(
  header: StreamHeader,
): { readonly condition: StreamCondition; readonly text: string } | undefined {
  if (header.namespace !== ns.stream) return { condition: "invalid-namespace", text: `a stream is of ${ns.stream}` };
  if (header.name !== "stream") return { condition: "bad-format", text: "expected <stream:stream>" };
  if (header.contentNamespace !== ns.client) {
    return { condition: "invalid-namespace", text: `a client's stream is of ${ns.client}` };
  }
  const [major = ""] = (header.attributes.version ?? "").split(".");
  if (!/^\d{1,4}$/.test(major) || Number(major) < 1) {
    return { condition: "unsupported-version", text: 'expected version="1.0"' };
  }
  return undefined;
}

/** The opening tag of the server's stream over TCP. */
export function writeStreamHeader(from: string, id: string, to = ""): string {
  const receiver = to === "" ? "" : ` to="${escapeAttribute(to)}"`;
  return (
    `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.stream}" ` +
    `from="${escapeAttribute(from)}" id="${id}"${receiver} version="1.0" xml:lang="en">`
  );
}

export const streamEnd = "</stream:stream>";

/** RFC 6120 section 5: nothing is offered in the clear but the way out of it. */
export const featuresBeforeTls = features(`<starttls xmlns="${ns.tls}"><required/></starttls>`);
export const tlsProceed = `<proceed xmlns="${ns.tls}"/>`;

export function isStartTls(element: Element): boolean {
  return isElement(element, "starttls", ns.tls);
}

/** RFC 6120 section 6.4: what a client says while it signs in. `data` is undefined where nothing was given. */
export type SaslRequest =
  | { readonly type: "auth"; readonly mechanism: string; readonly data: string | undefined }
  | { readonly type: "response"; readonly data: string }
  | { readonly type: "abort" }
  | { readonly type: "incorrect-encoding" };

/** Undefined where the element is no SASL request. */
export function readSasl(element: Element): SaslRequest | undefined {
  if (element.getNS() !== ns.sasl) return undefined;
  if (element.name === "abort") return { type: "abort" };
  if (element.name !== "auth" && element.name !== "response") return undefined;
  const text = element.getText();
  const data = text === "" || text === "=" ? "" : decode(text);
  if (data === undefined) return { type: "incorrect-encoding" };
  if (element.name === "response") return { type: "response", data };
  return { type: "auth", mechanism: element.attrs.mechanism ?? "", data: text === "" ? undefined : data };
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decode(text: string): string | undefined {
  if (!base64.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  const decoded = bytes.toString("utf8");
  return Buffer.from(decoded, "utf8").equals(bytes) ? decoded : undefined;
}

export function saslChallenge(data: string): string {
  return `<challenge xmlns="${ns.sasl}">${Buffer.from(data).toString("base64")}</challenge>`;
}

export function saslSuccess(data?: string): string {
  if (data === undefined) return `<success xmlns="${ns.sasl}"/>`;
  return `<success xmlns="${ns.sasl}">${Buffer.from(data).toString("base64")}</success>`;
}

export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "not-allowed"
  | "not-authorized"
  | "temporary-auth-failure";

/** COMPAT: lib-jitsi-meet cuts the text out with a regular expression: no white space between the elements. */
export function saslFailure(condition: SaslCondition, text?: string): string {
  const reason = text === undefined ? "" : `<text>${escapeText(text)}</text>`;
  return `<failure xmlns="${ns.sasl}"><${condition}/>${reason}</failure>`;
}

/** True for an IQ that asks for a resource. */
export function isBindRequest(iq: Element): boolean {
  return iq.name === "iq" && iq.attrs.type === "set" && childOf(iq, "bind", ns.bind) !== undefined;
}

export function bindResult(jid: string): Element {
  return el("bind", { xmlns: ns.bind }, el("jid", {}, jid));
}
