import { connect, type Socket } from "node:net";
import { Remainder, readBuffer, type Sink, type Target, type Wire, webSocketPath } from "./wire.ts";

const opcode = { text: 0x81, close: 8, ping: 9, pong: 0x8a } as const;
const headEnd = Buffer.from("\r\n\r\n");

/** RFC 7395 over a bare socket. */
export class WebSocketWire implements Wire {
  readonly #socket: Socket;
  readonly #target: Target;
  readonly #sink: Sink;
  readonly #remainder = new Remainder();
  #isUpgraded = false;

  private constructor(target: Target, sink: Sink, upgraded: () => void, lost: (why: string) => void) {
    this.#target = target;
    this.#sink = sink;
    const read = (size: number): boolean => {
      if (this.#isUpgraded) this.#readFrames(this.#remainder.join(readBuffer.subarray(0, size)));
      else this.#readHead(this.#remainder.join(readBuffer.subarray(0, size)), upgraded, lost);
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port: target.port, onread: { buffer: readBuffer, callback: read } });
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (error) => lost(error.message));
    this.#socket.on("close", () => lost("the connection was closed"));
    this.#socket.write(
      `GET ${webSocketPath} HTTP/1.1\r\nHost: ${target.domain}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
    );
  }

  static async open(target: Target, sink: Sink, lost: (why: string) => void): Promise<WebSocketWire> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wire = new WebSocketWire(target, sink, resolve, (why) => {
      reject(new Error(why));
      lost(why);
    });
    await promise;
    return wire;
  }

  openStream() {
    this.send(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${this.#target.domain}" version="1.0"/>`);
  }

  send(xml: string): void {
    this.#write(opcode.text, xml);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Masked with zeros: RFC 6455 wants a mask, not a secret. */
  #write(first: number, text: string): void {
    const length = Buffer.byteLength(text);
    const headLength = length < 126 ? 6 : 8;
    const frame = Buffer.alloc(headLength + length);
    frame[0] = first;
    frame[1] = 0x80 | Math.min(length, 126);
    if (length >= 126) frame.writeUInt16BE(length, 2);
    frame.write(text, headLength);
    this.#socket.write(frame);
  }

  #readHead(buffer: Buffer, upgraded: () => void, lost: (why: string) => void) {
    const end = buffer.indexOf(headEnd);
    if (end < 0) return this.#remainder.keep(buffer, 0);
    const status = buffer.toString("latin1", 0, buffer.indexOf("\r\n"));
    if (!status.includes(" 101 ")) return lost(status);
    this.#isUpgraded = true;
    upgraded();
    this.#readFrames(buffer.subarray(end + headEnd.length));
  }

  #readFrames(buffer: Buffer): void {
    let at = 0;
    while (at + 2 <= buffer.length) {
      const marked = (buffer[at + 1] ?? 0) & 0x7f;
      const headLength = marked < 126 ? 2 : marked === 126 ? 4 : 10;
      if (at + headLength > buffer.length) break;
      const length =
        marked < 126 ? marked : marked === 126 ? buffer.readUInt16BE(at + 2) : Number(buffer.readBigUInt64BE(at + 2));
      const end = at + headLength + length;
      if (end > buffer.length) break;
      const kind = (buffer[at] ?? 0) & 0x0f;
      if (kind === opcode.ping) this.#write(opcode.pong, buffer.toString("latin1", at + headLength, end));
      else if (kind !== opcode.close) this.#sink(buffer, at + headLength, end);
      at = end;
    }
    this.#remainder.keep(buffer, at);
  }
}
