import type { FileHandle } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyReply } from "@veche/kit/http.ts";
import type { Recording, RecordingFile } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { disposition, fileNameFor, hasTag, isPlayable, readRange } from "../content.ts";
import { folderOf, openStored, readNote } from "../folder.ts";
import { holderOf } from "../former.ts";
import type { LibraryOptions } from "../library.ts";
import { libraryLimits as limits } from "../limits.ts";
import type { Storage } from "../upload/storage.ts";

export type FileRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly isDownload: boolean;
};

/** Sends files of recordings, many at once and never whole in memory. */
export class FileSender {
  readonly #options: LibraryOptions;
  #sending = 0;

  constructor(options: LibraryOptions) {
    this.#options = options;
  }

  /** The other recorder that has the file; undefined where it is here or in a storage. */
  async elsewhere(entry: Recording, file: RecordingFile): Promise<string | undefined> {
    const { recorder, storage } = this.#options;
    const holder = holderOf(entry, file);
    if (holder === recorder || storage?.has(file.location)) return undefined;
    const handle = await this.#openHere(entry, file);
    await handle?.close();
    return handle ? undefined : holder;
  }

  /** What another recorder has made may be called the same. */
  async #openHere({ recording }: Recording, { name, sha256 }: RecordingFile): Promise<FileHandle | undefined> {
    const { root } = this.#options;
    const folder = folderOf(root, recording);
    const note = folder === undefined ? undefined : await readNote(folder);
    const isHere = note?.files.some((file) => file.name === name && file.sha256 === sha256) === true;
    return isHere ? openStored(root, recording, name) : undefined;
  }

  async send(entry: Recording, file: RecordingFile, asked: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
    const tag = `"${(file.sha256 || `${entry.recording}-${file.sizeBytes}`).slice(0, 32)}"`;
    const isInline = !asked.isDownload && isPlayable(file.type);
    reply.headers({
      etag: tag,
      "accept-ranges": "bytes",
      "content-type": file.type || "application/octet-stream",
      "content-disposition": disposition(isInline ? "inline" : "attachment", fileNameFor(entry.title, file.name)),
      "cache-control": "private, no-cache",
      // What was recorded is no page: nothing in it runs, wherever it is opened.
      "content-security-policy": "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
      "cross-origin-resource-policy": "same-origin",
    });
    const header = (name: string) => String(asked.headers[name] ?? "");
    if (header("if-none-match") !== "" && hasTag(header("if-none-match"), tag)) return reply.code(304).send();
    const isSameAsBefore = header("if-range") === "" || header("if-range") === tag;
    const range = isSameAsBefore && asked.method === "GET" ? header("range") : "";
    return this.#sendBody(entry, file, asked.method, range, reply);
  }

  async #sendBody(entry: Recording, file: RecordingFile, method: string, range: string, reply: FastifyReply) {
    const size = Number(file.sizeBytes);
    const found = readRange(range, size);
    if (found === "unsatisfiable") {
      reply.header("content-range", `bytes */${size}`).removeHeader("content-disposition");
      reply.removeHeader("content-type");
      return reply.code(416).send({ code: "invalid-argument", message: `range: expected one within ${size} bytes` });
    }
    const { from, to } = found ?? { from: 0, to: size - 1 };
    reply.code(found ? 206 : 200).header("content-length", String(Math.max(0, to - from + 1)));
    if (found) reply.header("content-range", `bytes ${from}-${to}/${size}`);
    if (method === "HEAD" || size === 0) return reply.send();
    const stream = await this.#open(entry, file, from, to);
    reply.raw.once("close", () => stream.destroy());
    return reply.send(stream);
  }

  async #open(entry: Recording, file: RecordingFile, from: number, to: number) {
    if (this.#sending >= limits.streams) {
      throw new VecheError("resource-exhausted", `expected ≤ ${limits.streams} files being fetched; try again soon`);
    }
    this.#sending += 1;
    try {
      const stream = await this.#read(entry, file, from, to);
      stream.once("close", () => {
        this.#sending -= 1;
      });
      return stream;
    } catch (error) {
      this.#sending -= 1;
      throw error;
    }
  }

  async #read(entry: Recording, file: RecordingFile, from: number, to: number) {
    const { storage } = this.#options;
    const handle = await this.#openHere(entry, file);
    if (handle) {
      const { size } = await handle.stat();
      if (size === Number(file.sizeBytes)) return handle.createReadStream({ start: from, end: to });
      await handle.close();
      throw new VecheError("unavailable", "the file is not what it was; it may be damaged");
    }
    if (storage?.has(file.location)) {
      return fromStorage(storage, file.location, from, to);
    }
    throw new VecheError("not-found", "the file is gone");
  }
}

/** The storage is asked for exactly what was asked of us; one that sends something else would damage the file. */
async function fromStorage(storage: Storage, location: string, from: number, to: number): Promise<IncomingMessage> {
  const gone = new AbortController();
  const answer = await storage.get(location, `bytes=${from}-${to}`, gone.signal);
  const length = answer.headers["content-length"];
  const isWhole = answer.statusCode === 206 || (answer.statusCode === 200 && from === 0);
  if (!isWhole || (length !== undefined && Number(length) !== to - from + 1)) {
    gone.abort();
    throw new VecheError("unavailable", "the storage sent something else than what was asked of it");
  }
  // A film that is paused is no silence of the storage.
  answer.socket.setTimeout(0);
  return answer;
}
