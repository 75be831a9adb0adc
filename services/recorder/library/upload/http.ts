import { createReadStream } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { pipeline } from "node:stream/promises";

export type Sent = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | { readonly path: string; readonly sizeBytes: number };
  readonly signal: AbortSignal;
};

/** Nothing comes and nothing goes for so long: it is given up. */
const silenceMs = 60_000;
const answerBytes = 1024 * 1024;

/** Sends, and resolves at the head of the answer, whatever its status. Redirections are not followed. */
export function send({ method, url, headers, body, signal }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? secureRequest : plainRequest;
    const length = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.sizeBytes;
    const outgoing = start(url, { method, headers: { ...headers, "content-length": length }, signal });
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer within ${silenceMs / 1000} s`)));
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
    else if (length === 0) outgoing.end();
    else pipeline(createReadStream(body.path, { end: length - 1 }), outgoing).catch(reject);
  });
}

/** The body of an answer, when it is not too long. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytes) throw new Error(`expected an answer of ≤ ${answerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a storage says that it does not do. `isFinal`: trying again changes nothing. */
export class StorageRefusal extends Error {
  readonly status: number;

  constructor(what: string, status: number, said: string) {
    super(`${what}: expected success, found status ${status}${said === "" ? "" : ` (${said})`}`);
    this.name = "StorageRefusal";
    this.status = status;
  }

  get isFinal(): boolean {
    return this.status < 500 && this.status !== 408 && this.status !== 425 && this.status !== 429;
  }
}
