/**
 * The file of a backup: a tar. First `format.json`, by which a newer one is told at once; last `manifest.json` with the size and
 * SHA-256 of every part between them, so that it may be written without a second copy on the disk, and a file that was cut off
 * has none.
 */
import { createHash } from "node:crypto";
import { Fault } from "../users/fault.ts";
import { unseal } from "./encryption.ts";
import { BadTar, readTar, type TarEntry, tarEnd, tarEntry } from "./tar.ts";

/** Raised by a change that an older restore can't read. */
const format = 1;
const formatName = "format.json";
const manifestName = "manifest.json";
/** Ours are below one; secrets and certificates are small. */
const entryLimitBytes = 16 * 1024 ** 2;

export type Part = { readonly name: string; readonly sizeBytes: number; readonly sha256: string };

type Head = { readonly format: number; readonly veche: string; readonly madeAt: string };

export type Manifest = Head & {
  /** How many messages each stream has, those of buckets as KV_<bucket>. */
  readonly streams: Readonly<Record<string, number>>;
  readonly parts: readonly Part[];
};

/** Where the bytes go; resolves once more may come. */
export type Sink = (bytes: Buffer) => Promise<void>;

export class ArchiveWriter {
  readonly #sink: Sink;
  readonly #head: Head;
  readonly #parts: Part[] = [];
  readonly #streams: Record<string, number> = {};

  private constructor(sink: Sink, head: Head) {
    this.#sink = sink;
    this.#head = head;
  }

  static async open(sink: Sink, version: string, now: number): Promise<ArchiveWriter> {
    const head: Head = { format, veche: version, madeAt: new Date(now).toISOString() };
    const writer = new ArchiveWriter(sink, head);
    await writer.#write(formatName, jsonOf(head));
    return writer;
  }

  async add(name: string, content: Buffer): Promise<void> {
    this.#parts.push({ name, sizeBytes: content.byteLength, sha256: sha256(content) });
    await this.#write(name, content);
  }

  countStream(name: string, messages: number): void {
    this.#streams[name] = messages;
  }

  async finish(): Promise<Manifest> {
    const manifest: Manifest = { ...this.#head, streams: this.#streams, parts: this.#parts };
    await this.#write(manifestName, jsonOf(manifest));
    await this.#sink(tarEnd);
    return manifest;
  }

  #write(name: string, content: Buffer): Promise<void> {
    return this.#sink(tarEntry(name, content, Date.parse(this.#head.madeAt)));
  }
}

export type ReadOptions = { readonly passphrase: string | undefined; readonly version: string };

/** Its parts, without format and manifest. Sums are looked at by `checkArchive` only, which has to come first. */
export async function* readParts(source: AsyncIterable<Buffer>, options: ReadOptions): AsyncGenerator<TarEntry> {
  for await (const entry of entriesOf(source, options)) if (entry.name !== manifestName) yield entry;
}

/** Reads all of it and changes nothing. Fault: another program's file, a newer one, damaged, cut off. */
export async function checkArchive(source: AsyncIterable<Buffer>, options: ReadOptions): Promise<Manifest> {
  const found: Part[] = [];
  let manifest: Manifest | undefined;
  for await (const { name, content } of entriesOf(source, options)) {
    if (manifest) throw new Fault("refused", `expected nothing after ${manifestName}, found ${name}`);
    if (name === manifestName) manifest = parse<Manifest>(name, content);
    else found.push({ name, sizeBytes: content.byteLength, sha256: sha256(content) });
  }
  if (!manifest) throw new Fault("refused", `${manifestName} is missing: the file was cut off`);
  compare(manifest.parts, found);
  return manifest;
}

function compare(expected: readonly Part[], found: readonly Part[]): void {
  for (const [index, { name, sizeBytes, sha256: sum }] of expected.entries()) {
    const part = found[index];
    if (part?.name !== name) throw new Fault("refused", `expected the part ${name}, found ${part?.name ?? "the end"}`);
    if (part.sha256 !== sum || part.sizeBytes !== sizeBytes)
      throw new Fault("refused", `the part ${name} is damaged: its SHA-256 is not the one in ${manifestName}`);
  }
  const extra = found[expected.length];
  if (extra) throw new Fault("refused", `the part ${extra.name} is not in ${manifestName}`);
}

async function* entriesOf(source: AsyncIterable<Buffer>, options: ReadOptions): AsyncGenerator<TarEntry> {
  const entries = readTar(unseal(source, options.passphrase), entryLimitBytes);
  try {
    let isFirst = true;
    for await (const entry of entries) {
      if (isFirst) requireReadable(entry, options.version);
      else if (!isSafe(entry.name)) throw new Fault("refused", `expected the name of a part, found "${entry.name}"`);
      else yield entry;
      isFirst = false;
    }
    if (isFirst) throw new Fault("refused", "it is no backup of Veche");
  } catch (error) {
    if (error instanceof BadTar) throw new Fault("refused", error.message, { cause: error });
    throw error;
  }
}

function requireReadable({ name, content }: TarEntry, version: string): void {
  if (name !== formatName)
    throw new Fault("refused", `it is no backup of Veche: expected ${formatName}, found ${name}`);
  const head = parse<Head>(name, content);
  if (head.format > format || isNewer(head.veche, version))
    throw new Fault(
      "refused",
      `it was made by Veche ${head.veche} (format ${head.format}), and this is ${version} (format ${format}): restore it with that version`,
    );
}

/** By the numbers between the dots. */
export function isNewer(one: string, other: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [numbers(one), numbers(other)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1)
    if ((left[at] ?? 0) !== (right[at] ?? 0)) return (left[at] ?? 0) > (right[at] ?? 0);
  return false;
}

/** Nothing is written outside the folder that it is for. */
function isSafe(name: string): boolean {
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function parse<T>(name: string, content: Buffer): T {
  try {
    return JSON.parse(content.toString("utf8")) as T;
  } catch (error) {
    throw new Fault("refused", `${name} is damaged: it is no JSON`, { cause: error });
  }
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
