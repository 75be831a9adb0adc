import { childNamed, childrenNamed, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** What the server says we may do (muc.md 2.6); only in our own presence, and not for everybody. */
export function readPermissions(presence: XmlElement): ReadonlyMap<string, boolean> {
  const listed = childrenNamed(childNamed(presence, "permissions", NS.jitmeet), "p");
  return new Map(listed.map(({ attrs }) => [attrs.name ?? "", attrs.val === "true"]));
}
