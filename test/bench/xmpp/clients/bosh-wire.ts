import { connect, type Socket } from "node:net";
import { eachElement } from "./elements.ts";
import { boshPath, Remainder, readBuffer, type Sink, type Target, type Wire } from "./wire.ts";

const headEnd = Buffer.from("\r\n\r\n");
const lengthHeader = /\r\ncontent-length: *(\d+)/i;
const namespace = 'xmlns="http://jabber.org/protocol/httpbind"';
const xbosh = 'xmlns:xmpp="urn:xmpp:xbosh"';

/** Under way at once, as Jitsi's clients do. */
const requests = 2;

/** One HTTP connection of a BOSH session; it has at most one request under way. */
class Exchange {
  readonly #socket: Socket;
  readonly #head: string;
  readonly #remainder = new Remainder();
  readonly #answered: (exchange: Exchange, buffer: Buffer, start: number, end: number) => void;
  isBusy = false;

  constructor(
    target: Target,
    answered: (exchange: Exchange, buffer: Buffer, start: number, end: number) => void,
    lost: (why: string) => void,
  ) {
    this.#answered = answered;
    this.#head = `POST ${boshPath} HTTP/1.1\r\nHost: ${target.domain}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: `;
    const read = (size: number): boolean => {
      this.#read(this.#remainder.join(readBuffer.subarray(0, size)), lost);
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port: target.port, onread: { buffer: readBuffer, callback: read } });
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (error) => lost(error.message));
    this.#socket.on("close", () => lost("the connection was closed"));
  }

  post(body: string): void {
    this.isBusy = true;
    this.#socket.write(`${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(buffer: Buffer, lost: (why: string) => void) {
    const headLength = buffer.indexOf(headEnd);
    if (headLength < 0) return this.#remainder.keep(buffer, 0);
    const head = buffer.toString("latin1", 0, headLength);
    const length = lengthHeader.exec(head)?.[1];
    if (!head.startsWith("HTTP/1.1 200") || length === undefined) return lost(head.slice(0, 100));
    const start = headLength + headEnd.length;
    const end = start + Number(length);
    if (end > buffer.length) return this.#remainder.keep(buffer, 0);
    this.isBusy = false;
    this.#answered(this, buffer, start, end);
  }
}

/** XEP-0124 over two bare sockets: one request is held by the server, the other carries what is said meanwhile. */
export class BoshWire implements Wire {
  readonly #target: Target;
  readonly #sink: Sink;
  readonly #exchanges: Exchange[] = [];
  readonly #lost: (why: string) => void;
  #rid = 1_000_000;
  #sid = "";
  #waiting = "";
  #isOver = false;

  constructor(target: Target, sink: Sink, lost: (why: string) => void) {
    this.#target = target;
    this.#sink = sink;
    this.#lost = lost;
  }

  openStream() {
    const { domain } = this.#target;
    if (this.#sid !== "") return this.#post(`to="${domain}" ${xbosh} xmpp:restart="true"`, "");
    this.#post(
      `to="${domain}" xml:lang="en" wait="60" hold="1" content="text/xml; charset=utf-8" ver="1.6" ${xbosh} xmpp:version="1.0"`,
      "",
    );
  }

  send(xml: string): void {
    this.#waiting += xml;
    this.#pump();
  }

  close(): void {
    this.#isOver = true;
    for (const exchange of this.#exchanges) exchange.close();
  }

  #read(buffer: Buffer, start: number, end: number) {
    const open = buffer.indexOf(">", start);
    const tag = buffer.toString("latin1", start, open);
    if (tag.includes("terminate")) {
      this.#isOver = true;
      return this.#lost(buffer.toString("latin1", start, Math.min(end, start + 300)));
    }
    if (this.#sid === "") this.#sid = /\ssid=['"]([^'"]+)/.exec(tag)?.[1] ?? "";
    if (!tag.endsWith("/")) eachElement(buffer, open + 1, end - "</body>".length, this.#sink);
    // Whoever waited for this says what comes next first: then it takes one request, as with a client's own pause.
    setImmediate(() => this.#pump());
  }

  /** What waits is sent; with nothing to send, one request stays with the server. */
  #pump(): void {
    if (this.#isOver || this.#sid === "") return;
    const isIdle = this.#exchanges.every(({ isBusy }) => !isBusy);
    if (this.#waiting === "" && !isIdle) return;
    if (this.#exchanges.length === requests && this.#exchanges.every(({ isBusy }) => isBusy)) return;
    const content = this.#waiting;
    this.#waiting = "";
    this.#post("", content);
  }

  /** Only when it is needed: servers cut connections on which nothing is asked. */
  #connect(): Exchange {
    const answered = (_: Exchange, buffer: Buffer, start: number, end: number) => this.#read(buffer, start, end);
    const exchange = new Exchange(this.#target, answered, this.#lost);
    this.#exchanges.push(exchange);
    return exchange;
  }

  #post(attributes: string, content: string) {
    const exchange = this.#exchanges.find(({ isBusy }) => !isBusy) ?? this.#connect();
    const sid = this.#sid === "" ? "" : ` sid="${this.#sid}"`;
    const more = attributes === "" ? "" : ` ${attributes}`;
    exchange.post(
      `<body rid="${++this.#rid}" ${namespace}${sid}${more}${content === "" ? "/>" : `>${content}</body>`}`,
    );
  }
}
