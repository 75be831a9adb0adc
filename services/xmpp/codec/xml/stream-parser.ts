import type { Element } from "./element.ts";
import { type Fault, faultOf, Refused, type TreeBounds, TreeBuilder } from "./tree.ts";

export type StreamBounds = TreeBounds & {
  /** Of one element with the white space before it, in bytes. */
  readonly bytes: number;
};

/** The opening tag of a stream. */
export type StreamHeader = {
  readonly name: string;
  readonly namespace: string;
  /** Of elements in the stream that say none. */
  readonly contentNamespace: string;
  readonly attributes: Readonly<Record<string, string>>;
};

/** What has become whole, in order. */
export type StreamPart =
  | { readonly type: "header"; readonly header: StreamHeader }
  /** An element, and what it took of the connection. */
  | { readonly type: "element"; readonly element: Element; readonly bytes: number }
  | { readonly type: "end" };

/**
 * Parses an XML stream (RFC 6120 section 4) as its bytes come. Every element directly below the root becomes a tree of its
 * own; what has not become one yet is bounded.
 */
export class StreamParser {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #builder: TreeBuilder;
  #bounds: StreamBounds;
  #parts: StreamPart[] = [];
  #isOver = false;
  /** Since the last whole element. */
  #pendingBytes = 0;
  /** Characters, of all that was written, and where of them the last whole element ended. */
  #written = 0;
  #boundary = 0;
  #isInside = false;

  constructor(bounds: StreamBounds) {
    this.#bounds = bounds;
    this.#builder = new TreeBuilder(deeper(bounds), {
      root: ({ local, uri, attributes, ns }) => {
        const plain = Object.fromEntries(Object.values(attributes).map(({ name, value }) => [name, value]));
        const header = { name: local, namespace: uri, contentNamespace: ns?.[""] ?? "", attributes: plain };
        this.#endOfElement();
        this.#parts.push({ type: "header", header });
      },
      tree: (element) => this.#parts.push({ type: "element", element, bytes: this.#endOfElement() }),
      end: () => {
        this.#endOfElement();
        this.#parts.push({ type: "end" });
      },
    });
  }

  /** Something has begun that is not complete; white space is nothing. */
  get isInside(): boolean {
    return this.#isInside;
  }

  set bounds(bounds: StreamBounds) {
    this.#bounds = bounds;
    this.#builder.bounds = deeper(bounds);
  }

  /** What `bytes` complete, and what is wrong with what follows it. After a fault nothing more is read. */
  write(bytes: Uint8Array): { readonly parts: readonly StreamPart[]; readonly fault: Fault | undefined } {
    this.#parts = [];
    let fault: Fault | undefined;
    if (!this.#isOver) {
      try {
        this.#write(this.#decode(bytes), bytes.length);
      } catch (error) {
        this.#isOver = true;
        fault = faultOf(error);
        // saxes takes an element for closed before it looks whose end tag that was.
        if (this.#builder.parser.position === this.#boundary) this.#parts.pop();
      }
    }
    return { parts: this.#parts, fault };
  }

  #write(text: string, bytes: number): void {
    const { parser } = this.#builder;
    this.#pendingBytes += bytes;
    this.#written += text.length;
    parser.write(text);
    const rest = text.slice(Math.max(0, text.length - (this.#written - this.#boundary)));
    this.#isInside ||= /\S/.test(rest);
    this.#assertBounded();
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes, { stream: true });
    } catch {
      throw new Refused("unsupported-encoding", "XMPP is written in UTF-8");
    }
  }

  /**
   * What the element took, with the white space before it. Exact but for characters of several bytes, of which what follows
   * is charged the rest.
   */
  #endOfElement(): number {
    const position = this.#builder.parser.position;
    const after = Math.max(0, this.#written - position);
    const bytes = Math.max(0, this.#pendingBytes - after);
    if (bytes > this.#bounds.bytes) this.#tooBig();
    this.#pendingBytes -= bytes;
    this.#boundary = position;
    this.#isInside = false;
    return bytes;
  }

  #assertBounded(): void {
    if (this.#pendingBytes <= this.#bounds.bytes) return;
    this.#tooBig();
  }

  #tooBig(): never {
    throw new Refused("policy-violation", `a stanza has at most ${this.#bounds.bytes} bytes`);
  }
}

/** The root of the stream does not count. */
function deeper(bounds: StreamBounds): TreeBounds {
  return { ...bounds, depth: bounds.depth + 1 };
}
