import { open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Clock } from "@veche/kit/clock.ts";
import { StorageRefusal, send, textOf } from "./http.ts";
import { encodePath, sha256, signed } from "./sigv4.ts";
import type { PutFile, Storage, StorageSettings, StoredWhere } from "./storage.ts";

/** S3 takes at most 10,000 parts, each but the last of 5 MiB or more; one part is in memory at a time. */
const partBytes = 16 * 1024 * 1024;
const mostParts = 9_000;
const partTries = 4;

type Step = {
  readonly what: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Proxies on the way may change these. */
  readonly unsigned?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Statuses that are no refusal. */
  readonly takes?: readonly number[];
};

/** S3 and what speaks as it does, addressed by path: `https://host/bucket` or `https://host/bucket/below`. */
export class S3Storage implements Storage {
  readonly #settings: StorageSettings;
  readonly #clock: Clock;
  readonly #origin: string;
  /** Bucket and what is before every key: "bucket/below". */
  readonly #base: string;

  constructor(settings: StorageSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const url = new URL(settings.url);
    this.#origin = url.origin;
    this.#base = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  }

  has(location: string): boolean {
    return location.startsWith(`s3://${this.#base}/`);
  }

  async put({ recording, name }: StoredWhere, file: PutFile, signal: AbortSignal): Promise<string> {
    const key = `${this.#base}/${recording}/${name}`;
    const source = await open(file.path, "r");
    try {
      const read = async (from: number, bytes: number) => {
        const { buffer, bytesRead } = await source.read(Buffer.alloc(bytes), 0, bytes, from);
        if (bytesRead !== bytes) throw new Error(`${name}: expected ${file.sizeBytes} bytes, found less`);
        return buffer;
      };
      if (file.sizeBytes <= partBytes) {
        const body = file.sizeBytes === 0 ? Buffer.alloc(0) : await read(0, file.sizeBytes);
        await this.#ask(key, { what: "PUT", method: "PUT", headers: { "content-type": file.type }, body }, signal);
      } else await this.#putInParts(key, file, read, signal);
    } finally {
      await source.close();
    }
    return `s3://${key}`;
  }

  async #putInParts(
    key: string,
    file: PutFile,
    read: (from: number, bytes: number) => Promise<Buffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = { "content-type": file.type };
    const begun = await this.#ask(key, { what: "begin", method: "POST", query: { uploads: "" }, headers }, signal);
    const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(begun.text)?.[1];
    if (uploadId === undefined) throw new Error("begin: expected an UploadId in the answer");
    const id = decodeXml(uploadId);
    try {
      const size = Math.max(partBytes, Math.ceil(file.sizeBytes / mostParts));
      const tags: string[] = [];
      for (let from = 0; from < file.sizeBytes; from += size) {
        const body = await read(from, Math.min(size, file.sizeBytes - from));
        tags.push(await this.#putPart(key, { partNumber: String(tags.length + 1), uploadId: id }, body, signal));
      }
      const parts = tags.map(
        (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${encodeXml(tag)}</ETag></Part>`,
      );
      const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
      const end = { what: "complete", method: "POST", query: { uploadId: id }, body: Buffer.from(xml) };
      const { text } = await this.#ask(key, { ...end, headers: { "content-type": "application/xml" } }, signal);
      // S3 may answer 200 before it knows, and say in the body that it went wrong.
      if (/<Error>/.test(text)) throw new Error(`complete: expected success, found ${codeOf(text)}`);
    } catch (error) {
      // What is left of an upload costs its owner storage.
      await this.#ask(
        key,
        { what: "abort", method: "DELETE", query: { uploadId: id } },
        AbortSignal.timeout(10_000),
      ).catch(() => undefined);
      throw error;
    }
  }

  async #putPart(key: string, query: Record<string, string>, body: Buffer, signal: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { answer } = await this.#ask(key, { what: "part", method: "PUT", query, body }, signal);
        const tag = answer.headers.etag;
        if (tag === undefined) throw new Error("part: expected an ETag in the answer");
        return tag;
      } catch (error) {
        const isFinal = error instanceof StorageRefusal && error.isFinal;
        if (isFinal || signal.aborted || attempt >= partTries) throw error;
      }
    }
  }

  async get(location: string, range: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const unsigned: Record<string, string> = range === undefined ? {} : { range };
    const answer = await this.#send(keyOf(location), { what: "GET", method: "GET", unsigned }, signal);
    if (![200, 206, 416].includes(answer.statusCode ?? 0)) throw await refusal("GET", answer);
    return answer;
  }

  async remove(location: string, signal: AbortSignal): Promise<void> {
    await this.#ask(keyOf(location), { what: "DELETE", method: "DELETE", takes: [404] }, signal);
  }

  async #ask(key: string, step: Step, signal: AbortSignal) {
    const answer = await this.#send(key, step, signal);
    const status = answer.statusCode ?? 0;
    if (status >= 300 && !step.takes?.includes(status)) throw await refusal(step.what, answer);
    return { answer, text: await textOf(answer) };
  }

  #send(key: string, { method, query, headers = {}, unsigned, body = Buffer.alloc(0) }: Step, signal: AbortSignal) {
    const url = new URL(`${this.#origin}/${encodePath(key)}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const { user: keyId, password: secretKey, region } = this.#settings;
    const signing = { keyId, secretKey, region, nowMs: this.#clock.now() };
    const all = signed({ method, url, headers, payloadHash: sha256(body) }, signing);
    return send({ method, url, headers: { ...all, ...unsigned }, body, signal });
  }
}

function keyOf(location: string): string {
  return location.slice("s3://".length);
}

async function refusal(what: string, answer: IncomingMessage): Promise<StorageRefusal> {
  const text = await textOf(answer).catch(() => "");
  return new StorageRefusal(`S3 ${what}`, answer.statusCode ?? 0, codeOf(text));
}

/** Only the code: messages of some servers repeat what was sent. */
function codeOf(xml: string): string {
  return /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(xml)?.[1] ?? "";
}

function decodeXml(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function encodeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
