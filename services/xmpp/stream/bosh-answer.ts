import type { Address, Outgoing } from "../codec/rfc6120-stanza.ts";
import { bodyParts } from "../codec/xep0124-bosh.ts";
import type { BoshAnswer } from "../domain/bosh-window.ts";

/** What an answer holds: elements of the stream as text, and stanzas. */
export type BoshItem = string | Outgoing;

export function textOf(item: BoshItem, address: Address): string {
  return typeof item === "string" ? item : item.to(address);
}

export function lengthOf(item: BoshItem, address: Address): number {
  return typeof item === "string" ? item.length : item.length + address.text.length;
}

/**
 * One answer (XEP-0124). It may be asked for again, and in a full room everybody's holds the same stanzas: so they are
 * kept as they are, and put together each time.
 */
export class StanzasAnswer implements BoshAnswer {
  readonly rid: number;
  readonly #items: readonly BoshItem[];
  readonly #address: Address;

  constructor(rid: number, items: readonly BoshItem[], address: Address) {
    this.rid = rid;
    this.#items = items;
    this.#address = address;
  }

  get body(): string {
    const { start, end } = this.#parts;
    let body = start;
    for (const item of this.#items) body += textOf(item, this.#address);
    return body + end;
  }

  /** In characters, as good as known. */
  get length(): number {
    return this.#items.reduce((sum, item) => sum + lengthOf(item, this.#address), 0);
  }

  get byteLength(): number {
    const { start, end } = this.#parts;
    return this.#items.reduce((sum, item) => sum + this.#bytesOf(item), start.length + end.length);
  }

  /** There have to be `byteLength` bytes. */
  copyTo(target: Buffer): void {
    const { start, end } = this.#parts;
    let offset = target.write(start, 0);
    for (const item of this.#items) {
      offset =
        typeof item === "string" ? offset + target.write(item, offset) : item.copyTo(target, offset, this.#address);
    }
    target.write(end, offset);
  }

  get #parts(): { readonly start: string; readonly end: string } {
    return bodyParts(this.#items.length === 0);
  }

  #bytesOf(item: BoshItem): number {
    return typeof item === "string" ? Buffer.byteLength(item) : item.bytesFor(this.#address);
  }
}
