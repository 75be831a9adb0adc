import { type BridgeMessage, readBridgeMessage } from "./messages.ts";

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
const GOING_AWAY = 1001;

export interface ChannelEvents {
  opened(): void;
  closed(): void;
  message(message: BridgeMessage): void;
}

/** The WebSocket to our bridge. It comes back by itself under the same address until it is closed. */
export class BridgeChannel {
  readonly #url: string;
  readonly #events: ChannelEvents;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(url: string, events: ChannelEvents) {
    this.#url = url;
    this.#events = events;
    this.#open();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message: object): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      // An address no browser can open stays that way; the call goes on without the channel.
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#events.opened();
    };
    socket.onmessage = (event) => {
      const message = readBridgeMessage(String(event.data));
      if (message && !this.#closed) this.#events.message(message);
    };
    socket.onclose = ({ code }) => {
      if (this.#closed) return;
      this.#events.closed();
      // The bridge let go of us on purpose; the focus will say what comes next, so there is no hurry.
      const base = code === GOING_AWAY ? MAX_DELAY_MS : FIRST_DELAY_MS;
      const delay = Math.min(base * 2 ** this.#attempt++, MAX_DELAY_MS);
      this.#timer = setTimeout(() => this.#open(), delay * (0.75 + Math.random() / 2));
    };
  }
}
