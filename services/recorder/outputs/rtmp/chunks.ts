/** Messages of RTMP in chunks (Adobe's RTMP Specification 1.0, 5.3). */
import { ProtocolError } from "./amf.ts";

export type Message = { readonly type: number; readonly streamId: number; readonly payload: Buffer };

/** What a server says to one who publishes is short. */
const maxMessageBytes = 64 * 1024;
const maxStreams = 64;
const maxChunkSize = 0xffffff;
const extended = 0xffffff;
const headerBytes = [11, 7, 3, 0];

type Stream = { length: number; type: number; streamId: number; isExtended: boolean; parts: Buffer[]; bytes: number };

/** Puts messages together. */
export class ChunkReader {
  #data: Buffer = Buffer.alloc(0);
  #chunkSize = 128;
  readonly #streams = new Map<number, Stream>();

  /** As the server said (message type 1); throws ProtocolError. */
  setChunkSize(bytes: number): void {
    if (bytes < 1 || bytes > maxChunkSize) throw new ProtocolError("a chunk size is out of bounds");
    this.#chunkSize = bytes;
  }

  /** A message at a time: the one before it may have changed the size of chunks. Throws ProtocolError. */
  *push(data: Buffer): Generator<Message> {
    this.#data = this.#data.length === 0 ? data : Buffer.concat([this.#data, data]);
    for (let message = this.#chunk(); message !== "short"; message = this.#chunk()) if (message) yield message;
  }

  /** One chunk; the message that it ends. */
  #chunk(): Message | "short" | undefined {
    const data = this.#data;
    const idBytes = 1 + Math.max(0, 2 - ((data[0] ?? 2) & 0x3f));
    const format = (data[0] ?? 0) >> 6;
    const fixedBytes = idBytes + (headerBytes[format] ?? 0);
    if (data.length < fixedBytes || data.length === 0) return "short";
    const id = chunkStreamId(data);
    const known = this.#streams.get(id);
    if (!known && (format !== 0 || this.#streams.size >= maxStreams))
      throw new ProtocolError("a chunk belongs to nothing");
    const stream = headerOf(data, idBytes, format, known);
    const start = fixedBytes + (stream.isExtended ? 4 : 0);
    const size = Math.min(this.#chunkSize, stream.length - stream.bytes);
    if (data.length < start + size) return "short";
    stream.parts.push(data.subarray(start, start + size));
    stream.bytes += size;
    this.#data = data.subarray(start + size);
    this.#streams.set(id, stream);
    if (stream.bytes < stream.length) return undefined;
    const payload = Buffer.concat(stream.parts);
    stream.parts = [];
    stream.bytes = 0;
    return { type: stream.type, streamId: stream.streamId, payload };
  }
}

function chunkStreamId(data: Buffer): number {
  const short = (data[0] ?? 0) & 0x3f;
  if (short === 0) return 64 + (data[1] ?? 0);
  return short === 1 ? 64 + (data[1] ?? 0) + 256 * (data[2] ?? 0) : short;
}

/** A copy: the chunk may not be whole yet. */
function headerOf(data: Buffer, at: number, format: number, known: Stream | undefined): Stream {
  const stream: Stream = known
    ? { ...known, parts: [...known.parts] }
    : { length: 0, type: 0, streamId: 0, isExtended: false, parts: [], bytes: 0 };
  if (format < 3 && stream.bytes > 0) throw new ProtocolError("a message begins inside another");
  if (format < 3) stream.isExtended = data.readUIntBE(at, 3) === extended;
  if (format < 2) {
    stream.length = data.readUIntBE(at + 3, 3);
    stream.type = data[at + 6] ?? 0;
  }
  if (format === 0) stream.streamId = data.readUInt32LE(at + 7);
  if (stream.length > maxMessageBytes) throw new ProtocolError("a message is too long");
  return stream;
}

/** One message in chunks of that size, with a full header: it refers to none before it. Time in ms. */
export function writeChunks(chunkStream: number, message: Message, timeMs: number, chunkSize: number): Buffer {
  const { type, streamId, payload } = message;
  const time = Math.floor(timeMs) % 2 ** 32;
  const isExtended = time >= extended;
  const more = Buffer.alloc(isExtended ? 5 : 1);
  more[0] = 0xc0 | chunkStream;
  if (isExtended) more.writeUInt32BE(time, 1);
  const head = Buffer.alloc(isExtended ? 16 : 12);
  head[0] = chunkStream;
  head.writeUIntBE(isExtended ? extended : time, 1, 3);
  head.writeUIntBE(payload.length, 4, 3);
  head[7] = type;
  head.writeUInt32LE(streamId, 8);
  if (isExtended) head.writeUInt32BE(time, 12);
  const pieces: Buffer[] = [head, payload.subarray(0, chunkSize)];
  for (let at = chunkSize; at < payload.length; at += chunkSize)
    pieces.push(more, payload.subarray(at, at + chunkSize));
  return Buffer.concat(pieces);
}
