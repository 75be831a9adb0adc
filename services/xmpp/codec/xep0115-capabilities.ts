/** XEP-0115 1.6, https://xmpp.org/extensions/xep-0115.html: capabilities announced in presence. */
import { ns } from "./namespaces.ts";
import { childOf, type Element } from "./xml/element.ts";

export type Capabilities = { readonly node: string; readonly ver: string };

const maxLength = 512;

/** Undefined where the presence has none or they can't be used. */
export function readCapabilities(presence: Element): Capabilities | undefined {
  const { node, ver } = childOf(presence, "c", ns.caps)?.attrs ?? {};
  if (!node || !ver || node.length > maxLength || ver.length > maxLength) return undefined;
  return { node, ver };
}
