/** The only place that knows saxes: one whole document to one tree, strictly and within bounds. */
import { SaxesParser, type SaxesTagNS } from "saxes";
import { Element } from "./element.ts";

export type XmlBounds = {
  /** Of the whole document, in UTF-16 units; bytes are bounded where they arrive. */
  readonly length: number;
  readonly depth: number;
  readonly attributes: number;
  readonly children: number;
};

/** RFC 6120 4.9.3: what is wrong with the stream. */
export type XmlFault = "not-well-formed" | "restricted-xml" | "policy-violation";

export type Parsed =
  | { readonly ok: true; readonly root: Element }
  | { readonly ok: false; readonly fault: XmlFault; readonly text: string };

class Refused extends Error {
  readonly fault: XmlFault;
  constructor(fault: XmlFault, text: string) {
    super(text);
    this.fault = fault;
  }
}

/**
 * Parses one document. Prefixes are resolved: each element gets its local name and, where its namespace differs from its
 * parent's or it said so itself, an `xmlns` of its own. Clients look for that attribute, so nothing with a prefix is
 * relayed with one.
 */
export function parseXml(text: string, bounds: XmlBounds): Parsed {
  if (text.length > bounds.length) {
    return { ok: false, fault: "policy-violation", text: `at most ${bounds.length} characters, found ${text.length}` };
  }
  try {
    return { ok: true, root: reader.read(text, bounds) };
  } catch (error) {
    reader = new Reader();
    if (error instanceof Refused) return { ok: false, fault: error.fault, text: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, fault: "not-well-formed", text: message.slice(0, 200) };
  }
}

/** A parser costs more to make than a stanza to parse, so one is kept; after a fault its state is unknown. */
class Reader {
  readonly #parser = new SaxesParser({ xmlns: true, position: false });
  #bounds: XmlBounds = { length: 0, depth: 0, attributes: 0, children: 0 };
  #root: Element | undefined;
  #cursor: Element | null = null;
  #namespaces: string[] = [];
  #attributes = 0;

  constructor() {
    const refuse = (what: string) => () => {
      throw new Refused("restricted-xml", `${what} is not allowed here`);
    };
    this.#parser.on("doctype", refuse("a document type"));
    this.#parser.on("comment", refuse("a comment"));
    this.#parser.on("processinginstruction", refuse("a processing instruction"));
    this.#parser.on("error", (error) => {
      throw error;
    });
    this.#parser.on("opentagstart", () => {
      this.#attributes = 0;
      if (this.#namespaces.length >= this.#bounds.depth) {
        throw new Refused("policy-violation", `elements nest at most ${this.#bounds.depth} deep`);
      }
    });
    this.#parser.on("attribute", () => {
      if (++this.#attributes > this.#bounds.attributes) {
        throw new Refused("policy-violation", `an element has at most ${this.#bounds.attributes} attributes`);
      }
    });
    this.#parser.on("opentag", (tag) => this.#open(tag));
    this.#parser.on("closetag", () => {
      this.#namespaces.pop();
      this.#cursor = this.#cursor?.parent ?? null;
    });
    this.#parser.on("text", (text) => this.#addText(text));
    this.#parser.on("cdata", (text) => this.#addText(text));
  }

  read(text: string, bounds: XmlBounds): Element {
    this.#bounds = bounds;
    this.#root = undefined;
    this.#cursor = null;
    this.#namespaces = [];
    this.#parser.write(text).close();
    if (!this.#root) throw new Error("a document has an element");
    return this.#root;
  }

  #open(tag: SaxesTagNS): void {
    const element = new Element(tag.local);
    const parentNamespace = this.#namespaces.at(-1);
    if (tag.uri !== (parentNamespace ?? "") || Object.hasOwn(tag.attributes, "xmlns")) element.attrs.xmlns = tag.uri;
    for (const name in tag.attributes) {
      const attribute = tag.attributes[name];
      if (!attribute || name === "xmlns" || attribute.prefix === "xmlns") continue;
      element.attrs[name] = attribute.value;
      if (attribute.prefix !== "" && attribute.prefix !== "xml")
        element.attrs[`xmlns:${attribute.prefix}`] = attribute.uri;
    }
    if (this.#cursor) this.#append(element);
    else this.#root = element;
    this.#cursor = element;
    this.#namespaces.push(tag.uri);
  }

  #append(child: Element | string): void {
    const cursor = this.#cursor;
    if (!cursor) return;
    if (cursor.children.length >= this.#bounds.children) {
      throw new Refused("policy-violation", `an element has at most ${this.#bounds.children} children`);
    }
    cursor.append(child);
  }

  #addText(text: string): void {
    if (text !== "") this.#append(text);
  }
}

let reader = new Reader();
