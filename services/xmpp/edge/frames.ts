import type { Duplex } from "node:stream";
import type { Address, Outgoing } from "../codec/rfc6120-stanza.ts";

/** Frames are put together in pieces of this size, each of which costs one write. */
const pieceBytes = 64 * 1024;

/**
 * Writes WebSocket text frames (RFC 6455 section 5.2) as servers send them: whole, unmasked, several to a write. A full
 * room is made of these, so they are put together in the same memory again and again: once a socket has taken all it was
 * given (`writableLength` is 0), the system has its copy. What a socket could not take at once keeps the memory it is in.
 */
export class FrameWriter {
  #piece = Buffer.allocUnsafeSlow(pieceBytes);

  write(socket: Duplex, items: readonly (string | Outgoing)[], address: Address): void {
    let used = 0;
    for (const item of items) {
      const length = typeof item === "string" ? Buffer.byteLength(item) : item.bytesFor(address);
      const needed = headerLength(length) + length;
      if (used > 0 && used + needed > pieceBytes) {
        this.#writePiece(socket, used);
        used = 0;
      }
      if (needed > pieceBytes) {
        const frame = Buffer.allocUnsafeSlow(needed);
        fill(frame, 0, item, length, address);
        socket.write(frame);
      } else {
        used = fill(this.#piece, used, item, length, address);
      }
    }
    if (used > 0) this.#writePiece(socket, used);
  }

  #writePiece(socket: Duplex, used: number): void {
    const bytes = this.#piece.subarray(0, used);
    if (socket.writableLength > 0) {
      socket.write(Buffer.from(bytes));
      return;
    }
    socket.write(bytes);
    if (socket.writableLength > 0) this.#piece = Buffer.allocUnsafeSlow(pieceBytes);
  }
}

const finalText = 0x81;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Returns where the frame ends. */
function fill(target: Buffer, offset: number, item: string | Outgoing, length: number, address: Address): number {
  const start = writeHeader(target, offset, length);
  return typeof item === "string" ? start + target.write(item, start) : item.copyTo(target, start, address);
}

function writeHeader(buffer: Buffer, offset: number, length: number): number {
  buffer[offset] = finalText;
  if (length < 126) {
    buffer[offset + 1] = length;
    return offset + 2;
  }
  if (length < 65_536) {
    buffer[offset + 1] = 126;
    return buffer.writeUInt16BE(length, offset + 2);
  }
  buffer[offset + 1] = 127;
  return buffer.writeBigUInt64BE(BigInt(length), offset + 2);
}
