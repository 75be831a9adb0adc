import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Address, Outgoing } from "../codec/rfc6120-stanza.ts";
import { closeFrame, isClose, isOpen, writeOpen } from "../codec/rfc7395-framing.ts";
import { parseXml } from "../codec/xml/parse.ts";
import type { Arrival } from "../stream/session.ts";
import { type Carrier, SocketStream, type SocketStreamsGiven } from "../stream/socket-stream.ts";
import { FrameWriter } from "./frames.ts";

/** A stanza in more pieces than this is sent for some other purpose than to be read. */
const maxFragments = 1_024;

/** Accepts WebSocket connections (RFC 7395). */
export class WebSocketEdge {
  readonly #given: SocketStreamsGiven;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<WebSocketConnection>();

  constructor(given: SocketStreamsGiven) {
    this.#given = given;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compression costs some 300 KiB a connection, and tells who listens how long secrets are.
      perMessageDeflate: false,
      maxPayload: given.limits.stanzaBytes,
      maxFragments,
      // A client's pings are counted like what it says.
      autoPong: false,
      handleProtocols: (protocols) => (protocols.has("xmpp") ? "xmpp" : false),
    });
  }

  get size(): number {
    return this.#connections.size;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, arrival: Arrival, previd: string) {
    const { gate, metrics } = this.#given;
    let connection: WebSocketConnection | undefined;
    let isCut = false;
    const release = gate.arrive(arrival.address, {
      admitted: () =>
        queueMicrotask(() => {
          if (isCut || socket.destroyed) return release();
          this.#server.handleUpgrade(request, socket, head, (webSocket) => {
            const opened = { arrival, previd, release };
            connection = new WebSocketConnection(this.#given, webSocket, socket, opened, (gone) =>
              this.#connections.delete(gone),
            );
            this.#connections.add(connection);
          });
        }),
      cut: (reason) => {
        isCut = true;
        metrics.refusedStreams.inc({ reason });
        const condition = reason === "late" ? "connection-timeout" : "resource-constraint";
        if (connection) connection.stream.end(condition, "sign in sooner");
        else socket.end(unavailable, () => socket.destroy());
      },
    });
    socket.once("close", release);
  }

  /** To be called every few seconds. */
  lookAfter(now: number): void {
    for (const { stream } of this.#connections) stream.lookAfter(now);
  }

  close(): void {
    for (const connection of this.#connections) connection.shutDown();
    this.#server.close();
  }
}

const unavailable = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

/** One for all: what a socket takes at once leaves nothing behind in it. */
const frames = new FrameWriter();

/** A WebSocket as something that carries elements: one element, one text frame. */
class WebSocketConnection implements Carrier {
  readonly kind = "websocket";
  readonly footer = closeFrame;
  readonly stream: SocketStream;
  readonly #given: SocketStreamsGiven;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;

  constructor(
    given: SocketStreamsGiven,
    webSocket: WebSocket,
    socket: Duplex,
    opened: ConstructorParameters<typeof SocketStream>[2],
    gone: (connection: WebSocketConnection) => void,
  ) {
    this.#given = given;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.stream = new SocketStream(given, this, opened);
    webSocket.on("message", (data, isBinary) => this.#read(data, isBinary));
    webSocket.on("ping", (data) => this.stream.take(() => webSocket.pong(data), data.length));
    webSocket.on("pong", () => this.stream.heard());
    webSocket.on("close", () => {
      gone(this);
      this.stream.closed();
    });
    // What ws finds wrong with frames; it closes by itself.
    webSocket.on("error", () => given.metrics.streamErrors.inc({ condition: "websocket" }));
  }

  get isWritable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  header(from: string, id: string): string {
    return writeOpen(from, id);
  }

  send(items: readonly (string | Outgoing)[], address: Address): void {
    frames.write(this.#socket, items, address);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  restarted(): void {}

  probe(): boolean {
    this.#webSocket.ping();
    return true;
  }

  close(): void {
    this.#webSocket.close(1000);
  }

  cut(): void {
    this.#webSocket.terminate();
  }

  shutDown(): void {
    this.stream.shutDown();
    this.#webSocket.close(1001);
    this.#webSocket.terminate();
  }

  #read(data: RawData, isBinary: boolean) {
    const { stream } = this;
    if (stream.isEnded) return;
    if (isBinary) return stream.fault("bad-format", "XMPP is text");
    const bytes = data as Buffer;
    const { elementBytes } = stream;
    if (bytes.length > elementBytes) {
      return stream.fault("policy-violation", `a stanza has at most ${elementBytes} bytes here`);
    }
    const { limits } = this.#given;
    const parsed = parseXml(bytes.toString("utf8"), { length: limits.stanzaBytes, ...limits.xml });
    if (!parsed.ok) return stream.fault(parsed.fault, parsed.text);
    const element = parsed.root;
    if (isOpen(element)) return stream.take(() => stream.opened(element.attrs.to), bytes.length);
    if (isClose(element)) return stream.take(() => stream.leave(), bytes.length);
    stream.take(element, bytes.length);
  }
}
