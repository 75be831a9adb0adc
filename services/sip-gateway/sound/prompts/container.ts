/**
 * Prompts of one language in one file: for each its name (a byte of length, then UTF-8), the number of its frames (16 bits)
 * and these, each a byte of length and Opus of 20 ms at 16 kHz.
 */
export const promptRateHz = 16_000;

export function writeContainer(prompts: ReadonlyMap<string, readonly Uint8Array[]>): Buffer {
  const parts = [...prompts].flatMap(([name, frames]) => {
    const title = Buffer.from(name);
    const count = Buffer.alloc(2);
    count.writeUInt16BE(frames.length, 0);
    return [byte(title.length), title, count, ...frames.flatMap((frame) => [byte(frame.length), frame])];
  });
  return Buffer.concat(parts);
}

export function readContainer(file: Buffer): Map<string, readonly Buffer[]> {
  const prompts = new Map<string, readonly Buffer[]>();
  let at = 0;
  const take = (count: number): Buffer => {
    at += count;
    return file.subarray(at - count, at);
  };
  while (at < file.length) {
    const name = take(take(1).readUInt8(0)).toString();
    const count = take(2).readUInt16BE(0);
    prompts.set(
      name,
      Array.from({ length: count }, () => take(take(1).readUInt8(0))),
    );
  }
  return prompts;
}

function byte(value: number): Buffer {
  const buffer = Buffer.alloc(1);
  buffer.writeUInt8(value, 0);
  return buffer;
}
