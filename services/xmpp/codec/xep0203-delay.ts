/** XEP-0203 2.0, https://xmpp.org/extensions/xep-0203.html: when a stanza was sent first. */
import { ns } from "./namespaces.ts";
import { escapeAttribute } from "./xml/serialise.ts";

export function writeDelay(from: string, sentMs: number): string {
  return `<delay xmlns="${ns.delay}" from="${escapeAttribute(from)}" stamp="${new Date(sentMs).toISOString()}"/>`;
}
