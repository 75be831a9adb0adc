/**
 * WebSocket text frames (RFC 6455 section 5.2) as servers send them: whole, unmasked. Several in one buffer cost one write;
 * that is what a full room is made of.
 */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const total = lengths.reduce((sum, length) => sum + headerLength(length) + length, 0);
  const buffer = Buffer.allocUnsafe(total);
  let offset = 0;
  for (let index = 0; index < texts.length; index++) {
    const length = lengths[index] ?? 0;
    offset = writeHeader(buffer, offset, length);
    offset += buffer.write(texts[index] ?? "", offset);
  }
  return buffer;
}

const finalText = 0x81;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
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
