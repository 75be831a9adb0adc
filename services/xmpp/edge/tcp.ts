import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Timer } from "@veche/kit/clock.ts";
import {
  faultOfHeader,
  featuresBeforeTls,
  isStartTls,
  type StreamCondition,
  streamEnd,
  streamError,
  tlsProceed,
  writeStreamHeader,
} from "../codec/rfc6120-stream.ts";
import { StreamParser, type StreamPart } from "../codec/xml/stream-parser.ts";
import { readUserAgent } from "../domain/user-agent.ts";
import { type SocketStreamsGiven, streamId } from "../stream/socket-stream.ts";
import { streamBounds, TcpStream } from "../stream/tcp-stream.ts";
import type { C2sCertificate } from "./c2s-certificate.ts";
import { plainAddress } from "./forwarded.ts";
import { listen } from "./listen.ts";

type TcpGiven = SocketStreamsGiven & { readonly certificate: C2sCertificate };

/** Accepts ordinary XMPP clients over TCP with STARTTLS (RFC 6120 section 5). */
export class TcpEdge implements AsyncDisposable {
  readonly #given: TcpGiven;
  readonly #server: Server;
  readonly #connections = new Set<TcpConnection>();

  constructor(given: SocketStreamsGiven, certificate: C2sCertificate) {
    this.#given = { ...given, certificate };
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Those of its connections that have signed in. */
  get sessions(): number {
    let sum = 0;
    for (const { stream } of this.#connections) if (stream?.stream.hasSession) sum++;
    return sum;
  }

  listen(port: number, address: string): Promise<void> {
    return listen(this.#server, port, address);
  }

  /** To be called every few seconds. */
  lookAfter(now: number): void {
    for (const { stream } of this.#connections) stream?.stream.lookAfter(now);
  }

  close(): void {
    for (const connection of this.#connections) connection.shutDown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const { gate, metrics } = this.#given;
    const address = plainAddress(socket.remoteAddress ?? "");
    socket.on("error", () => socket.destroy());
    const connection = new TcpConnection(this.#given, socket, address);
    this.#connections.add(connection);
    const release = gate.arrive(address, {
      admitted: () => queueMicrotask(() => connection.begin(() => release())),
      cut: (reason) => {
        metrics.refusedStreams.inc({ reason });
        connection.end(reason === "late" ? "connection-timeout" : "resource-constraint", "sign in sooner");
      },
    });
    socket.once("close", () => {
      this.#connections.delete(connection);
      connection.closed();
      release();
    });
  }
}

/** Time for a client to read why it is sent away. */
const closeMs = 2_000;

/** One connection: in the clear until the client has asked for TLS, a stream of stanzas from then on. */
class TcpConnection {
  stream: TcpStream | undefined;
  readonly #given: TcpGiven;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #parser: StreamParser;
  #release: () => void = () => {};
  #isOpen = false;
  #isOver = false;
  #timer: Timer | undefined;

  constructor(given: TcpGiven, socket: Socket, address: string) {
    this.#given = given;
    this.#socket = socket;
    this.#address = address;
    this.#parser = new StreamParser(streamBounds(given.limits, given.limits.stanzaBytesBeforeSignIn));
  }

  begin(release: () => void): void {
    if (this.#isOver || this.#socket.destroyed) return;
    const { clock, limits } = this.#given;
    this.#release = release;
    this.#timer = clock.after(limits.http.headerMs, () => this.end("connection-timeout", "open the stream sooner"));
    this.#socket.on("data", this.#readClear);
    this.#socket.resume();
  }

  end(condition: StreamCondition, text: string) {
    if (this.stream) return this.stream.stream.end(condition, text);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    const { domains, clock, metrics } = this.#given;
    metrics.streamErrors.inc({ condition });
    const header = this.#isOpen ? "" : writeStreamHeader(domains.main, streamId());
    this.#socket.end(`${header}${streamError(condition, text)}${streamEnd}`);
    // What is still on its way here is not looked at; unread, it would keep the connection from closing in good order.
    this.#socket.off("data", this.#readClear).resume();
    this.#timer = clock.after(closeMs, () => this.#socket.destroy());
    this.#release();
  }

  closed(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.stream?.closed();
  }

  shutDown(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.stream?.shutDown();
    this.#socket.destroy();
  }

  readonly #readClear = (bytes: Buffer): void => {
    const { parts, fault } = this.#parser.write(bytes);
    for (const [index, part] of parts.entries()) {
      if (this.#isOver) return;
      const isLast = index === parts.length - 1 && !this.#parser.isInside && !fault;
      this.#takeClear(part, isLast);
    }
    if (fault) this.end(fault.fault, fault.text);
  };

  #takeClear(part: StreamPart, isLast: boolean) {
    if (part.type === "end") return this.#leave();
    if (part.type === "header") {
      const fault = faultOfHeader(part.header);
      if (fault) return this.end(fault.condition, fault.text);
      const { to = "" } = part.header.attributes;
      if (!this.#given.domains.isServed(to.toLowerCase())) return this.end("host-unknown", "no such host here");
      this.#isOpen = true;
      return void this.#socket.write(writeStreamHeader(to, streamId()) + featuresBeforeTls);
    }
    if (!isStartTls(part.element)) return this.end("not-authorized", "ask for TLS first");
    // What came in the clear behind <starttls/> could be somebody else's, to be taken for the client's own.
    if (!isLast) return this.end("policy-violation", "wait for <proceed/>");
    this.#startTls();
  }

  #leave(): void {
    this.#isOver = true;
    this.#socket.end(streamEnd);
  }

  #startTls() {
    const { certificate, domains } = this.#given;
    const socket = this.#socket;
    this.#timer?.cancel();
    socket.off("data", this.#readClear);
    socket.write(tlsProceed);
    const tls = new TLSSocket(socket, { isServer: true, secureContext: certificate.context });
    const arrival = {
      address: this.#address,
      origin: `wss://${domains.main}`,
      room: "",
      prefix: "",
      client: readUserAgent(undefined),
    };
    const stream = new TcpStream(this.#given, tls, { arrival, previd: "", release: this.#release });
    this.stream = stream;
    tls.on("data", (bytes: Buffer) => stream.read(bytes));
    tls.on("error", () => socket.destroy());
    tls.on("close", () => socket.destroy());
  }
}
