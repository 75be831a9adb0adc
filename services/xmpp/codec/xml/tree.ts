/** The only place that knows saxes: a strict parser that builds trees within bounds. */
import { SaxesParser, type SaxesTagNS } from "saxes";
import { Element } from "./element.ts";

export type TreeBounds = { readonly depth: number; readonly attributes: number; readonly children: number };

/** RFC 6120 4.9.3: what is wrong with the stream. */
export type XmlFault =
  | "not-well-formed"
  | "restricted-xml"
  | "policy-violation"
  | "bad-format"
  | "unsupported-encoding";

export type Fault = { readonly ok: false; readonly fault: XmlFault; readonly text: string };

export class Refused extends Error {
  readonly fault: XmlFault;
  constructor(fault: XmlFault, text: string) {
    super(text);
    this.fault = fault;
  }
}

/** What was thrown while something was parsed, as the sender is told. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Refused) return { ok: false, fault: error.fault, text: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, fault: "not-well-formed", text: message.slice(0, 200) };
}

export type TreeListener = {
  /** An element begins that is not to become part of a tree; undefined where all are. */
  readonly root?: (tag: SaxesTagNS) => void;
  readonly tree: (element: Element) => void;
  /** The element that was kept out of the trees has ended. */
  readonly end?: () => void;
};

/**
 * Makes trees of elements. Prefixes are resolved: each element gets its local name and, where its namespace differs from
 * its parent's or it said so itself, an `xmlns` of its own. Clients look for that attribute, so nothing with a prefix is
 * relayed with one.
 */
export class TreeBuilder {
  readonly parser = new SaxesParser({ xmlns: true, position: false });
  bounds: TreeBounds;
  readonly #listener: TreeListener;
  #cursor: Element | null = null;
  #namespaces: string[] = [];
  #attributes = 0;

  constructor(bounds: TreeBounds, listener: TreeListener) {
    this.bounds = bounds;
    this.#listener = listener;
    const refuse = (what: string) => () => {
      throw new Refused("restricted-xml", `${what} is not allowed here`);
    };
    const { parser } = this;
    parser.on("doctype", refuse("a document type"));
    parser.on("comment", refuse("a comment"));
    parser.on("processinginstruction", refuse("a processing instruction"));
    parser.on("xmldecl", ({ encoding }) => {
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
        throw new Refused("unsupported-encoding", "XMPP is written in UTF-8");
      }
    });
    parser.on("error", (error) => {
      throw error;
    });
    parser.on("opentagstart", () => {
      this.#attributes = 0;
      if (this.#namespaces.length >= this.bounds.depth) {
        throw new Refused("policy-violation", `elements nest at most ${this.bounds.depth} deep`);
      }
    });
    parser.on("attribute", () => {
      if (++this.#attributes > this.bounds.attributes) {
        throw new Refused("policy-violation", `an element has at most ${this.bounds.attributes} attributes`);
      }
    });
    parser.on("opentag", (tag) => this.#open(tag));
    parser.on("closetag", () => this.#close());
    parser.on("text", (text) => this.#addText(text));
    parser.on("cdata", (text) => this.#addText(text));
  }

  reset(): void {
    this.#cursor = null;
    this.#namespaces = [];
  }

  #open(tag: SaxesTagNS) {
    const parentNamespace = this.#namespaces.at(-1);
    this.#namespaces.push(tag.uri);
    if (this.#listener.root && this.#namespaces.length === 1) return this.#listener.root(tag);
    const element = new Element(tag.local);
    if (tag.uri !== (parentNamespace ?? "") || Object.hasOwn(tag.attributes, "xmlns")) element.attrs.xmlns = tag.uri;
    for (const name in tag.attributes) {
      const attribute = tag.attributes[name];
      if (!attribute || name === "xmlns" || attribute.prefix === "xmlns") continue;
      element.attrs[name] = attribute.value;
      if (attribute.prefix !== "" && attribute.prefix !== "xml")
        element.attrs[`xmlns:${attribute.prefix}`] = attribute.uri;
    }
    this.#append(element);
    this.#cursor = element;
  }

  #close(): void {
    this.#namespaces.pop();
    const closed = this.#cursor;
    this.#cursor = closed?.parent ?? null;
    if (!closed) this.#listener.end?.();
    else if (!this.#cursor) this.#listener.tree(closed);
  }

  #append(child: Element | string): void {
    const cursor = this.#cursor;
    if (!cursor) return;
    if (cursor.children.length >= this.bounds.children) {
      throw new Refused("policy-violation", `an element has at most ${this.bounds.children} children`);
    }
    cursor.append(child);
  }

  #addText(text: string): void {
    if (this.#cursor) {
      if (text !== "") this.#append(text);
    } else if (this.#namespaces.length > 0 && text.trim() !== "") {
      throw new Refused("bad-format", "between stanzas there is nothing but white space");
    }
  }
}
