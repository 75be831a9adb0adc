/**
 * The one connection to Kamailio: SIP over TCP (RFC 3261, 18.3), opened from here. Requests bear the secret of this start.
 * It is opened again for as long as it is wanted.
 */
import { connect, type Socket } from "node:net";
import type { Clock, Timer } from "@veche/kit/clock.ts";

const maxMessageBytes = 131_072;
const retryMs = 200;

export type LinkListener = {
  readonly opened: () => void;
  readonly closed: () => void;
  /** One whole message. */
  readonly received: (message: string) => void;
};

export class Link implements Disposable {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  #socket: Socket | undefined;
  #isOpen = false;
  #retry: Timer | undefined;
  #isDisposed = false;

  constructor(
    target: { readonly host: string; readonly port: number },
    secret: string,
    clock: Clock,
    listener: LinkListener,
  ) {
    this.#target = target;
    this.#secret = secret;
    this.#clock = clock;
    this.#listener = listener;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rejects where the connection is not there. */
  async send(message: string): Promise<void> {
    if (!this.#socket || !this.#isOpen) throw new Error("no connection to Kamailio");
    this.#socket.write(message.startsWith("SIP/2.0 ") ? message : withSecret(message, this.#secret));
  }

  /** Drops the connection; a new one is made. */
  reset(): void {
    this.#socket?.destroy();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#retry?.cancel();
    this.#socket?.destroy();
  }

  #connect(): void {
    const split = new MessageSplitter();
    const socket = connect({ ...this.#target, noDelay: true });
    this.#socket = socket;
    socket.once("connect", () => {
      this.#isOpen = true;
      this.#listener.opened();
    });
    socket.on("data", (data) => {
      const messages = split.push(data);
      if (!messages) socket.destroy();
      for (const message of messages ?? []) this.#listener.received(message);
    });
    socket.on("error", () => {});
    socket.once("close", () => this.#closed());
  }

  #closed(): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#socket = undefined;
    if (wasOpen) this.#listener.closed();
    if (!this.#isDisposed) this.#retry = this.#clock.after(retryMs, () => this.#connect());
  }
}

function withSecret(message: string, secret: string): string {
  const end = message.indexOf("\r\n") + 2;
  return `${message.slice(0, end)}Veche-Link: ${secret}\r\n${message.slice(end)}`;
}

/** Whole messages out of a stream, by Content-Length. */
export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Undefined where what came is no SIP, or too much of it. */
  push(data: Buffer): string[] | undefined {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const messages: string[] = [];
    for (;;) {
      const start = this.#rest.findIndex((byte) => byte !== 13 && byte !== 10);
      this.#rest = this.#rest.subarray(start === -1 ? this.#rest.length : start);
      const headEnd = this.#rest.indexOf("\r\n\r\n");
      if (headEnd === -1) break;
      const head = this.#rest.toString("utf8", 0, headEnd);
      const length = Number(/^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*$/im.exec(head)?.[1] ?? Number.NaN);
      const end = headEnd + 4 + length;
      if (!(end <= maxMessageBytes)) return undefined;
      if (this.#rest.length < end) break;
      messages.push(this.#rest.toString("utf8", 0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return this.#rest.length > maxMessageBytes ? undefined : messages;
  }
}
