/** AMF0 (Action Message Format, version of December 2007), as commands of RTMP are written. */

export type Amf = number | boolean | string | null | undefined | readonly Amf[] | { readonly [key: string]: Amf };

const maxDepth = 8;
const maxEntries = 256;

/** What can't be read, or asks for more than any server has to say. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

export function encodeAmf(...values: readonly Amf[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: Amf): Buffer {
  if (typeof value === "number") {
    const data = Buffer.alloc(9);
    data.writeDoubleBE(value, 1);
    return data;
  }
  if (typeof value === "boolean") return Buffer.from([1, value ? 1 : 0]);
  if (typeof value === "string") return Buffer.concat([Buffer.from([2]), encodeKey(value)]);
  if (value === null) return Buffer.from([5]);
  if (value === undefined) return Buffer.from([6]);
  if (Array.isArray(value)) {
    const head = Buffer.from([10, 0, 0, 0, 0]);
    head.writeUInt32BE(value.length, 1);
    return Buffer.concat([head, ...value.map(encodeValue)]);
  }
  const entries = Object.entries(value).flatMap(([key, inner]) => [encodeKey(key), encodeValue(inner)]);
  return Buffer.concat([Buffer.from([3]), ...entries, Buffer.from([0, 0, 9])]);
}

function encodeKey(text: string): Buffer {
  const data = Buffer.from(text);
  if (data.length > 0xffff) throw new ProtocolError("a text is too long");
  const head = Buffer.alloc(2);
  head.writeUInt16BE(data.length);
  return Buffer.concat([head, data]);
}

/** All values in the data. Throws ProtocolError. */
export function decodeAmf(data: Buffer): Amf[] {
  const reader = new AmfReader(data);
  const values: Amf[] = [];
  while (!reader.isAtEnd) values.push(reader.value(0));
  return values;
}

class AmfReader {
  readonly #data: Buffer;
  #at = 0;
  #entries = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  value(depth: number): Amf {
    if (depth > maxDepth || ++this.#entries > maxEntries) throw new ProtocolError("a message holds too much");
    const type = this.#take(1)[0];
    if (type === 0) return this.#take(8).readDoubleBE();
    if (type === 1) return this.#take(1)[0] !== 0;
    if (type === 2) return this.#text(this.#take(2).readUInt16BE());
    if (type === 12) return this.#text(this.#take(4).readUInt32BE());
    if (type === 3) return this.#object(depth);
    if (type === 5) return null;
    if (type === 6) return undefined;
    if (type === 10) return this.#array(depth);
    if (type === 11) return this.#take(10).readDoubleBE();
    if (type !== 8) throw new ProtocolError("a message holds a value of an unknown type");
    this.#take(4);
    return this.#object(depth);
  }

  #object(depth: number): Amf {
    const entries: [string, Amf][] = [];
    while (true) {
      const key = this.#text(this.#take(2).readUInt16BE());
      if (key === "" && this.#data[this.#at] === 9) break;
      entries.push([key, this.value(depth + 1)]);
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #array(depth: number): Amf {
    const length = this.#take(4).readUInt32BE();
    if (length > maxEntries) throw new ProtocolError("a message holds too much");
    return Array.from({ length }, () => this.value(depth + 1));
  }

  #text(length: number): string {
    return this.#take(length).toString();
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#data.length) throw new ProtocolError("a message ends too early");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}
