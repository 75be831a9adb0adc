/** XEP-0198 1.6, https://xmpp.org/extensions/xep-0198.html: stream management and resumption. */
import { ns } from "./namespaces.ts";
import { type Read, reading, requiredInteger, requiredText } from "./reading.ts";
import { type Element, isElement } from "./xml/element.ts";
import { escapeAttribute } from "./xml/serialise.ts";

export type SmRequest =
  /** `maxSeconds`: how long the client would like to be waited for, where it says so. */
  | { readonly type: "enable"; readonly resume: boolean; readonly maxSeconds?: number }
  | { readonly type: "resume"; readonly previd: string; readonly h: number }
  | { readonly type: "ack"; readonly h: number }
  | { readonly type: "request" };

export const maxCount = 2 ** 32 - 1;

export function isStreamManagement(element: Element): boolean {
  return element.getNS() === ns.sm;
}

/** Undefined where the element is none of the specification's. */
export function readStreamManagement(element: Element): Read<SmRequest> | undefined {
  const is = (name: string) => isElement(element, name, ns.sm);
  if (is("r")) return { ok: true, value: { type: "request" } };
  if (is("a")) return reading(() => ({ type: "ack", h: requiredInteger(element, "h", 0, maxCount) }));
  if (is("enable")) return reading(() => readEnable(element));
  if (!is("resume")) return undefined;
  return reading(() => ({
    type: "resume",
    previd: requiredText(element, "previd", 128),
    h: requiredInteger(element, "h", 0, maxCount),
  }));
}

function readEnable(element: Element): SmRequest {
  const resume = /^(true|1)$/.test(element.attrs.resume ?? "");
  if (element.attrs.max === undefined) return { type: "enable", resume };
  return { type: "enable", resume, maxSeconds: requiredInteger(element, "max", 0, maxCount) };
}

export function writeEnabled(id: string, maxSeconds: number): string {
  return `<enabled xmlns="${ns.sm}" id="${id}" resume="true" max="${maxSeconds}"/>`;
}

export const enabledWithoutResume = `<enabled xmlns="${ns.sm}"/>`;

export function writeResumed(previd: string, h: number): string {
  return `<resumed xmlns="${ns.sm}" h="${h}" previd="${escapeAttribute(previd)}"/>`;
}

export function writeAck(h: number): string {
  return `<a xmlns="${ns.sm}" h="${h}"/>`;
}

export const ackRequest = `<r xmlns="${ns.sm}"/>`;

export function writeFailed(condition: "item-not-found" | "unexpected-request" | "service-unavailable"): string {
  return `<failed xmlns="${ns.sm}"><${condition} xmlns="${ns.stanzas}"/></failed>`;
}

/** Detail of the stream error for a client that acknowledges what it was never sent. */
export function handledCountTooHigh(h: number, sent: number): string {
  return `<handled-count-too-high xmlns="${ns.sm}" h="${h}" send-count="${sent}"/>`;
}
