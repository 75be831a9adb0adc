/** The only place that knows @xmpp/xml: trees, and how they are built and read. */
import { Element } from "@xmpp/xml";

export { Element };

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Element | string | undefined | readonly (Element | string | undefined)[];

/** Builds an element. Attributes and children that are undefined are left out. */
export function el(name: string, attributes: Attributes = {}, ...children: readonly Child[]): Element {
  const element = new Element(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.attrs[key] = String(value);
  }
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === "string") element.append(child);
    else if (child instanceof Element) element.append(child);
    else for (const one of child) if (one !== undefined) element.append(one);
  }
  return element;
}

export function elementsOf(element: Element): readonly Element[] {
  return element.children.filter((child) => child instanceof Element);
}

/** The first child of that name; with a namespace, of that namespace. */
export function childOf(element: Element, name: string, namespace?: string): Element | undefined {
  for (const child of element.children) {
    if (typeof child === "string" || child.name !== name) continue;
    if (namespace === undefined || child.getNS() === namespace) return child;
  }
  return undefined;
}

export function childrenOf(element: Element, name: string): readonly Element[] {
  return elementsOf(element).filter((child) => child.name === name);
}

/** The first child element, which is what an IQ is about. */
export function payloadOf(element: Element): Element | undefined {
  for (const child of element.children) if (typeof child !== "string") return child;
  return undefined;
}

/** True for the name and the namespace given. */
export function isElement(element: Element, name: string, namespace: string): boolean {
  return element.name === name && element.getNS() === namespace;
}
