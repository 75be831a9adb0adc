// RFC 7395: an XMPP stream over WebSocket, one complete element a frame.
import { serialise, type XmlElement, xml } from "../xml/element.ts";
import { parseXml } from "../xml/parse.ts";
import { NS } from "./namespaces.ts";
import type { Transport, TransportEvents } from "./transport.ts";

export class WebSocketTransport implements Transport {
  readonly canResume = true;
  readonly #url: string;
  readonly #domain: string;
  #socket: WebSocket | undefined;
  #events: TransportEvents | undefined;

  constructor(url: string, domain: string) {
    this.#url = url;
    this.#domain = domain;
  }

  get isSecure(): boolean {
    return this.#url.startsWith("wss:");
  }

  open(events: TransportEvents): void {
    this.#events = events;
    try {
      this.#socket = new WebSocket(this.#url, "xmpp");
    } catch (error) {
      queueMicrotask(() => this.#end(error instanceof Error ? error.message : "bad address"));
      return;
    }
    this.#socket.onopen = () => this.restart();
    this.#socket.onmessage = (event) => this.#frame(String(event.data));
    this.#socket.onclose = (event) => this.#end(`socket closed (${event.code})`);
  }

  send(element: XmlElement): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(serialise(element));
  }

  restart(): void {
    this.send(xml("open", { xmlns: NS.framing, to: this.#domain, version: "1.0" }));
  }

  close(last: readonly XmlElement[] = []): void {
    this.#events = undefined;
    for (const stanza of last) this.send(stanza);
    this.send(xml("close", { xmlns: NS.framing }));
    this.#socket?.close();
  }

  renew(): boolean {
    return false;
  }

  abandon(): void {
    this.#events = undefined;
    this.#socket?.close();
  }

  #frame(text: string): void {
    const element = parseXml(text);
    if (!element) {
      this.#end("frame is not XML");
      return;
    }
    if (element.attrs.xmlns === NS.framing) {
      if (element.name === "close") this.#end("closed by the server");
      return;
    }
    if (element.attrs.xmlns === NS.streams && element.name === "error") {
      this.#end("stream error");
      return;
    }
    this.#events?.received(element);
  }

  #end(reason: string): void {
    const events = this.#events;
    this.abandon();
    events?.closed(reason);
  }
}
