import { childNamed, elementsOf, textOf, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "./namespaces.ts";

type Content = XmlElement | undefined | null | false;

export function iq(
  type: "get" | "set" | "result" | "error",
  to: string | undefined,
  id: string,
  ...children: Content[]
): XmlElement {
  return xml("iq", { xmlns: NS.client, type, to, id }, ...children);
}

export function presence(to: string, type: "unavailable" | undefined, ...children: Content[]): XmlElement {
  return xml("presence", { xmlns: NS.client, to, type }, ...children);
}

export function message(
  to: string,
  type: "groupchat" | "chat" | undefined,
  id: string,
  ...children: Content[]
): XmlElement {
  return xml("message", { xmlns: NS.client, to, type, id }, ...children);
}

export function resultOf(request: XmlElement, ...children: Content[]): XmlElement {
  return iq("result", request.attrs.from, request.attrs.id ?? "", ...children);
}

export function errorOf(
  request: XmlElement,
  type: "cancel" | "modify" | "wait",
  condition: string,
  detail?: XmlElement,
): XmlElement {
  const error = xml("error", { type, xmlns: NS.client }, xml(condition, { xmlns: NS.stanzaErrors }), detail);
  return iq("error", request.attrs.from, request.attrs.id ?? "", error);
}

/** What an error stanza said: its defined condition, its text, and whatever children the application added. */
export class StanzaError extends Error {
  readonly condition: string;
  readonly detail: XmlElement | undefined;

  constructor(stanza: XmlElement | undefined, fallback = "undefined-condition") {
    const error = childNamed(stanza, "error");
    const defined = elementsOf(error).find((each) => each.attrs.xmlns === NS.stanzaErrors && each.name !== "text");
    const text = textOf(childNamed(error, "text"));
    super(text || defined?.name || fallback);
    this.name = "StanzaError";
    this.condition = defined?.name ?? fallback;
    this.detail = error;
  }

  says(name: string): boolean {
    return childNamed(this.detail, name) !== undefined;
  }
}

/** The part after the slash: for an occupant of a room, its endpoint id. */
export function resourceOf(jid: string | undefined): string {
  const slash = jid?.indexOf("/") ?? -1;
  return slash < 0 ? "" : (jid as string).slice(slash + 1);
}

/** Of the server itself: nobody in a room can speak from such an address. */
export function isComponent(jid: string): boolean {
  return jid !== "" && !jid.includes("@") && !jid.includes("/");
}

export function bareOf(jid: string | undefined): string {
  return (jid ?? "").split("/", 1)[0] ?? "";
}

export function domainOf(jid: string | undefined): string {
  const bare = bareOf(jid);
  return bare.slice(bare.indexOf("@") + 1);
}
