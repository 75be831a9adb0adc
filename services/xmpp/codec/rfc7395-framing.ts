/** RFC 7395, https://www.rfc-editor.org/rfc/rfc7395: XMPP over WebSocket. One element, one text frame. */
import { ns } from "./namespaces.ts";
import { type Element, isElement } from "./xml/element.ts";
import { escapeAttribute } from "./xml/serialise.ts";

export function isOpen(element: Element): boolean {
  return isElement(element, "open", ns.framing);
}

export function isClose(element: Element): boolean {
  return isElement(element, "close", ns.framing);
}

/** COMPAT: strophe looks for frames that start literally with `<open `. */
export function writeOpen(from: string, id: string): string {
  return `<open xmlns="${ns.framing}" from="${escapeAttribute(from)}" id="${id}" version="1.0" xml:lang="en"/>`;
}

/** COMPAT: strophe compares this text, blank included. */
export const closeFrame = `<close xmlns="${ns.framing}" />`;
