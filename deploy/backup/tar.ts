/** POSIX ustar, so that any tar lists a backup. Plain files only; names up to 100 bytes, or 155 more before a slash. */

const block = 512;
const emptyBlock = Buffer.alloc(block);
/** Two empty blocks end an archive. */
export const tarEnd = Buffer.alloc(2 * block);

export type TarHead = { readonly name: string; readonly sizeBytes: number };

export function tarEntry(name: string, content: Uint8Array, atMs: number): Buffer {
  const filling = (block - (content.byteLength % block)) % block;
  return Buffer.concat([
    tarHead({ name, sizeBytes: content.byteLength }, atMs),
    content,
    emptyBlock.subarray(0, filling),
  ]);
}

function tarHead({ name, sizeBytes }: TarHead, atMs: number): Buffer {
  const head = Buffer.alloc(block);
  const { prefix, rest } = splitName(name);
  head.write(rest, 0);
  head.write("0000600\0", 100);
  head.write("0001750\0", 108);
  head.write("0001750\0", 116);
  head.write(octal(sizeBytes), 124);
  head.write(octal(Math.floor(atMs / 1000)), 136);
  head.write("        0", 148);
  head.write("ustar\x0000", 257);
  head.write(prefix, 345);
  head.write(`${sumOf(head).toString(8).padStart(6, "0")}\0 `, 148);
  return head;
}

function splitName(name: string): { readonly prefix: string; readonly rest: string } {
  if (Buffer.byteLength(name) <= 100) return { prefix: "", rest: name };
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100) return { prefix, rest };
  }
  throw new Error(`${name}: expected a name of at most 100 bytes after one of its slashes`);
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, "0")}\0`;
}

/** Of the head as if its own field were blank. */
function sumOf(head: Buffer): number {
  let sum = 0;
  for (let at = 0; at < block; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (head[at] ?? 0);
  return sum;
}

export type TarEntry = { readonly name: string; readonly content: Buffer };

/** Its text says what is wrong with the archive. */
export class BadTar extends Error {}

/** The entries one after another, each in memory: ours are small. `limitBytes`: the most that one may have. */
export async function* readTar(source: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(source);
  try {
    for (;;) {
      const head = await reader.take(block);
      // What comes after the end may still say whether all of it is right.
      if (head.equals(emptyBlock)) return await reader.drain();
      const { name, sizeBytes } = readHead(head);
      if (sizeBytes > limitBytes) throw new BadTar(`${name}: expected at most ${limitBytes} bytes, found ${sizeBytes}`);
      const content = await reader.take(Math.ceil(sizeBytes / block) * block);
      yield { name, content: content.subarray(0, sizeBytes) };
    }
  } finally {
    await reader.close();
  }
}

function readHead(head: Buffer): TarHead {
  const said = Number.parseInt(head.toString("latin1", 148, 156), 8);
  if (head.toString("latin1", 257, 262) !== "ustar" || said !== sumOf(head))
    throw new BadTar("expected the head of a tar entry, found something else");
  const [rest, prefix] = [textAt(head, 0, 100), textAt(head, 345, 155)];
  return {
    name: prefix === "" ? rest : `${prefix}/${rest}`,
    sizeBytes: Number.parseInt(head.toString("latin1", 124, 135), 8),
  };
}

function textAt(head: Buffer, start: number, length: number): string {
  const field = head.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  #pieces: Buffer[] = [];
  #haveBytes = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async take(wantedBytes: number): Promise<Buffer> {
    while (this.#haveBytes < wantedBytes) {
      const { done, value } = await this.#source.next();
      if (done) throw new BadTar("it ends in the middle: it was cut off");
      this.#pieces.push(value);
      this.#haveBytes += value.byteLength;
    }
    const all = this.#pieces.length === 1 ? (this.#pieces[0] ?? emptyBlock) : Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(wantedBytes)];
    this.#haveBytes -= wantedBytes;
    return all.subarray(0, wantedBytes);
  }
}
