import type { Timer } from "@veche/kit/clock.ts";
import type { Address, Outgoing } from "../codec/rfc6120-stanza.ts";
import { faultOfHeader, streamEnd, writeStreamHeader } from "../codec/rfc6120-stream.ts";
import { type StreamBounds, type StreamHeader, StreamParser, type StreamPart } from "../codec/xml/stream-parser.ts";
import type { Limits } from "../limits.ts";
import { type Carrier, SocketStream, type SocketStreamsGiven } from "./socket-stream.ts";

/** The encrypted connection of an ordinary XMPP client. */
export interface ByteSocket {
  readonly destroyed: boolean;
  readonly writable: boolean;
  readonly writableLength: number;
  write(text: string): unknown;
  end(): unknown;
  destroy(): unknown;
  pause(): unknown;
  resume(): unknown;
}

export function streamBounds({ xml }: Limits, bytes: number): StreamBounds {
  return { ...xml, bytes };
}

/** An XML stream over TCP (RFC 6120) as something that carries elements. */
export class TcpStream implements Carrier {
  readonly kind = "tcp";
  readonly footer = streamEnd;
  readonly stream: SocketStream;
  readonly #given: SocketStreamsGiven;
  readonly #socket: ByteSocket;
  #parser: StreamParser;
  #hasSession = false;
  /** Until the element that has begun must be complete. */
  #unfinished: Timer | undefined;

  constructor(given: SocketStreamsGiven, socket: ByteSocket, opened: ConstructorParameters<typeof SocketStream>[2]) {
    this.#given = given;
    this.#socket = socket;
    this.stream = new SocketStream(given, this, opened);
    this.#parser = this.#newParser();
  }

  get isWritable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  header(from: string, id: string): string {
    return writeStreamHeader(from, id);
  }

  send(items: readonly (string | Outgoing)[], address: Address): void {
    this.#socket.write(items.map((item) => (typeof item === "string" ? item : item.to(address))).join(""));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  restarted(): void {
    this.#parser = this.#newParser();
  }

  probe(): boolean {
    return false;
  }

  close(): void {
    this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  read(bytes: Uint8Array): void {
    const { stream } = this;
    if (stream.isEnded) return;
    stream.heard();
    if (stream.hasSession !== this.#hasSession) {
      this.#hasSession = stream.hasSession;
      this.#parser.bounds = streamBounds(this.#given.limits, stream.elementBytes);
    }
    const parser = this.#parser;
    const { parts, fault } = parser.write(bytes);
    for (const part of parts) {
      // What stands behind the element that ends a parser's time was meant for no parser.
      if (stream.isEnded || parser !== this.#parser) return;
      this.#take(part);
    }
    if (fault && !stream.isEnded) stream.fault(fault.fault, fault.text);
    this.#watch();
  }

  closed(): void {
    this.#unfinished?.cancel();
    this.stream.closed();
  }

  shutDown(): void {
    this.#unfinished?.cancel();
    this.stream.shutDown();
    this.#socket.end();
    this.#socket.destroy();
  }

  #take(part: StreamPart) {
    const { stream } = this;
    switch (part.type) {
      case "header":
        return this.#open(part.header);
      case "element":
        return stream.take(part.element, part.bytes);
      case "end":
        return stream.take(() => stream.leave(), 0);
    }
  }

  #open(header: StreamHeader): void {
    const fault = faultOfHeader(header);
    if (fault) this.stream.fault(fault.condition, fault.text);
    else this.stream.opened(header.attributes.to);
  }

  #newParser(): StreamParser {
    return new StreamParser(streamBounds(this.#given.limits, this.stream.elementBytes));
  }

  /** Who begins an element and does not end it holds what has come so far. */
  #watch(): void {
    if (!this.#parser.isInside || this.stream.isEnded) {
      this.#unfinished?.cancel();
      this.#unfinished = undefined;
      return;
    }
    this.#unfinished ??= this.#given.clock.after(this.#given.limits.http.bodyMs, () => {
      this.stream.fault("connection-timeout", "the stanza did not end");
    });
  }
}
