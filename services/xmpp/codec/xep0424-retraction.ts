/** XEP-0424 0.4, https://xmpp.org/extensions/xep-0424.html: a message is taken back. */
import { ns } from "./namespaces.ts";
import { type Read, reading, requiredText } from "./reading.ts";
import { childOf, type Element } from "./xml/element.ts";

export function retractionOf(message: Element): Element | undefined {
  return childOf(message, "retract", ns.retract);
}

/** The id of the message that is to go. */
export function readRetraction(retract: Element): Read<string> {
  return reading(() => requiredText(retract, "id", 256));
}
