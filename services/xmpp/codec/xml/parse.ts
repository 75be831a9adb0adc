import type { Element } from "./element.ts";
import { type Fault, faultOf, Refused, type TreeBounds, TreeBuilder } from "./tree.ts";

export type XmlBounds = TreeBounds & {
  /** Of the whole document, in UTF-16 units; bytes are bounded where they arrive. */
  readonly length: number;
};

export type Parsed = { readonly ok: true; readonly root: Element } | Fault;

/** Parses one whole document to one tree, strictly and within bounds. */
export function parseXml(text: string, bounds: XmlBounds): Parsed {
  if (text.length > bounds.length) {
    return { ok: false, fault: "policy-violation", text: `at most ${bounds.length} characters, found ${text.length}` };
  }
  try {
    return { ok: true, root: reader.read(text, bounds) };
  } catch (error) {
    reader = new Reader();
    return faultOf(error);
  }
}

/** A parser costs more to make than a stanza to parse, so one is kept; after a fault its state is unknown. */
class Reader {
  #root: Element | undefined;
  readonly #builder = new TreeBuilder(
    { depth: 0, attributes: 0, children: 0 },
    {
      tree: (root) => {
        this.#root = root;
      },
    },
  );

  read(text: string, bounds: XmlBounds): Element {
    this.#root = undefined;
    this.#builder.bounds = bounds;
    this.#builder.reset();
    this.#builder.parser.write(text).close();
    if (!this.#root) throw new Refused("not-well-formed", "a document has an element");
    return this.#root;
  }
}

let reader = new Reader();
