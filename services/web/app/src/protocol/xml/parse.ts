import type { XmlElement, XmlNode } from "./element.ts";

/** Reads one document with the browser's own parser; undefined when it is not well-formed. */
export function parseXml(text: string): XmlElement | undefined {
  const document = new DOMParser().parseFromString(text, "text/xml");
  if (document.getElementsByTagName("parsererror").length > 0) return undefined;
  return document.documentElement ? fromDom(document.documentElement) : undefined;
}

function fromDom(source: Element): XmlElement {
  const attrs: Record<string, string> = {};
  for (const { name, value } of source.attributes) {
    if (!name.startsWith("xmlns:")) attrs[name] = value;
  }
  if (source.namespaceURI) attrs.xmlns = source.namespaceURI;
  const children: XmlNode[] = [];
  for (const node of source.childNodes) {
    if (node.nodeType === Node.ELEMENT_NODE) children.push(fromDom(node as Element));
    else if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE) {
      children.push(node.nodeValue ?? "");
    }
  }
  return { name: source.localName, attrs, children };
}
