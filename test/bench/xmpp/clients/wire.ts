/** A connection of the load generator: written for speed, it looks at bytes and builds no trees. */

/** Called with each stanza or stream element that came in; the bytes are only there during the call. */
export type Sink = (buffer: Buffer, start: number, end: number) => void;

export interface Wire {
  /** Opens the stream, or opens it again after sign-in. */
  openStream(): void;
  send(xml: string): void;
  /** Cuts the connection. */
  close(): void;
}

export type Target = {
  readonly port: number;
  readonly domain: string;
  readonly mucDomain: string;
};

export const webSocketPath = "/xmpp-websocket";
export const boshPath = "/http-bind";

/** What all connections read into: each chunk is looked at before the next is read. */
export const readBuffer: Buffer = Buffer.allocUnsafe(256 * 1024);

/** Chunks of one connection put together: what is left of the last chunk comes before the next. */
export class Remainder {
  #rest: Buffer | undefined;

  join(chunk: Buffer): Buffer {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest ? Buffer.concat([rest, chunk]) : chunk;
  }

  /** The bytes from `offset` on wait for more. */
  keep(buffer: Buffer, offset: number): void {
    if (offset < buffer.length) this.#rest = Buffer.from(buffer.subarray(offset));
  }
}
