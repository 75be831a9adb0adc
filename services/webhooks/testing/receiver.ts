/** An endpoint that answers as it is told, and remembers what it was sent. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type Received = {
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The event's id. */
  readonly id: string;
};

type Respond = (response: ServerResponse, received: Received) => void;

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Respond =>
  (response) =>
    void response.writeHead(status, headers).end("thank you");
/** Keeps the connection and says nothing. */
export const hang: Respond = () => {};
export const hangUp: Respond = (response) => void response.destroy();

export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** For the requests to come, one each; then `usual`. */
  readonly next: Respond[] = [];
  usual: Respond = answer(204);
  /** Requests that came while another was not answered yet. */
  overlaps = 0;
  #open = 0;
  readonly #server;
  readonly #scheme: string;

  private constructor(tls: { readonly key: string; readonly cert: string } | undefined) {
    const hear = (request: IncomingMessage, response: ServerResponse) => void this.#hear(request, response);
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createTlsServer(tls, hear) : createServer(hear);
  }

  static async open(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
    const receiver = new Receiver(tls);
    await new Promise<void>((resolve) => void receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/hook`;
  }

  get ids(): readonly string[] {
    return this.received.map(({ id }) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#open++ > 0) this.overlaps += 1;
    response.on("close", () => {
      this.#open -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const received = { headers: request.headers, text, id: String(request.headers["webhook-id"]) };
    this.received.push(received);
    (this.next.shift() ?? this.usual)(response, received);
  }
}

/** As a receiver checks it that has nothing of ours. */
export function isSignedWith(secret: string, { headers, text, id }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${headers["webhook-timestamp"]}.${text}`).digest();
  return String(headers["webhook-signature"])
    .split(" ")
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ""), "base64"))
    .some((found) => found.length === wanted.length && timingSafeEqual(found, wanted));
}
