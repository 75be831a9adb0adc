/**
 * The connection to drachtio-server. drachtio-srf brings the connection, SIP messages and transactions; its dialogs are not used:
 * they answer re-INVITE by comparing texts, count an answer as acknowledged when it is sent, and know no second answer of a fork.
 */

import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import Srf from "drachtio-srf";
import { sdpIn } from "../body.ts";
import type { Source } from "../signalling.ts";

/** A request or an answer. */
export class SipMessage {
  readonly #raw: RawMessage;

  constructor(raw: RawMessage) {
    this.#raw = raw;
  }

  /** "" of an answer. */
  get method(): string {
    return this.#raw.method ?? "";
  }

  get uri(): string {
    return this.#raw.uri ?? "";
  }

  /** 0 of a request. */
  get status(): number {
    return this.#raw.status ?? 0;
  }

  get reason(): string {
    return this.#raw.reason ?? "";
  }

  get body(): string {
    return this.#raw.body ?? "";
  }

  get sdp(): string {
    return sdpIn(this.body, this.header("content-type"));
  }

  get size(): number {
    return Buffer.byteLength(this.#raw.raw ?? "");
  }

  /** Several of one name are one, with commas between them. */
  header(name: string): string | undefined {
    return this.#raw.get(name);
  }

  get headers(): readonly (readonly [name: string, value: string])[] {
    return Object.entries(this.#raw.headers);
  }
}

/** What drachtio-srf's types leave out or tell otherwise. */
type RawMessage = {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly body?: string;
  readonly raw?: string;
  readonly headers: Readonly<Record<string, string>>;
  get(name: string): string | undefined;
};

type RawRequest = RawMessage & {
  readonly source: "network" | "application";
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackTxnId: string;
  readonly stackDialogId: string | undefined;
  on(event: "response", listener: (response: RawResponse, ack: (options?: object) => void) => void): void;
  on(event: "cancel", listener: () => void): void;
  cancel(callback: (error: unknown) => void): void;
};

type RawResponse = RawMessage & {
  readonly stackDialogId: string | undefined;
  send(
    status: number,
    reason: string | undefined,
    options: object,
    callback: (error: unknown, sent?: RawMessage) => void,
  ): void;
};

type RawSrf = {
  connect(options: object): void;
  use(handler: (request: RawRequest, response: RawResponse) => void): void;
  use(method: string, handler: (request: RawRequest, response: RawResponse) => void): void;
  request(uri: string, options: object, callback: (error: unknown, request: RawRequest) => void): void;
  on(event: "connect", listener: (error: unknown) => void): void;
  on(event: "close" | "error", listener: (error: unknown) => void): void;
  readonly _app: { readonly client: Client };
};

type Client = {
  readonly mapServer: Map<object, unknown>;
  readonly wp: Wire;
  sendMessage(socket: object, message: object, options: object): void;
};

const { SipMessage: RawSipMessage } = Srf as unknown as { readonly SipMessage: new (given: object | string) => object };

type Wire = EventEmitter & {
  closing?: boolean;
  send(socket: object, message: string): string;
  readonly reconnectVars: { retryTimer: NodeJS.Timeout | null };
};

export type DrachtioServer = { readonly host: string; readonly port: number; readonly secret: string };

export type Headers = Readonly<Record<string, string>>;

export type Reply = { readonly reason?: string; readonly headers?: Headers; readonly body?: string };

export type Sent = { readonly message: SipMessage; readonly dialogId: string };

/** A request of somebody else's. */
export type Received = {
  readonly message: SipMessage;
  /** drachtio-server's; other connections may answer by it, too. */
  readonly transactionId: string;
  /** drachtio-server's own: BYE of a call that it has given up. */
  readonly isOfServer: boolean;
  /** Undefined: drachtio-server does not say (within a call), or it is WebSocket, which nobody has turned on. */
  readonly source: Source | undefined;
  readonly dialogId: string | undefined;
  /** `sent` is told of an answer to INVITE, as it was sent; undefined: it could not be. An ACK comes as a request. */
  reply(status: number, given?: Reply, sent?: (sent: Sent | undefined) => void): void;
  onCancelled(listener: () => void): void;
};

/** A request of ours. */
export type Asked = {
  readonly method: string;
  /** Within a dialog nothing is wanted. */
  readonly uri?: string;
  readonly dialogId?: string;
  readonly headers: Headers;
  readonly body?: string;
  /** Next hop, where that is not the address itself. */
  readonly nextHop?: string;
};

export type Answer = {
  readonly message: SipMessage;
  readonly dialogId: string | undefined;
  /** Of a 2xx to INVITE. */
  ack(): void;
};

export type Asking = {
  /** As it was sent. */
  readonly sent: SipMessage;
  readonly transactionId: string;
  cancel(): void;
};

export type LinkListener = {
  opened(): void;
  closed(): void;
  /** The secret is wrong. */
  refused(): void;
  received(request: Received): void;
};

/** Said where drachtio-server could not send what it was given. */
export type Unsent = { readonly isDialogGone: boolean };

/** Within a dialog drachtio-server puts the remote target (RFC 3261, 12.1.1) in the place of any address; drachtio-srf wants one. */
const remoteTarget = "sip:remote-target.invalid";

const retryMaxDelayMs = 1_000;
const beatMs = 1_000;
/** Pings that may be left without an answer before the connection is taken for dead. */
const silentBeats = 4;

export class Link implements Disposable {
  readonly #srf: RawSrf;
  readonly #listener: LinkListener;
  /** Ids of pings without an answer. */
  readonly #pings = new Set<string>();
  readonly #beating: NodeJS.Timeout;
  #isOpen = false;

  /** `takesCalls`: requests that begin something come to it. */
  constructor(server: DrachtioServer, takesCalls: boolean, listener: LinkListener) {
    this.#listener = listener;
    this.#srf = new Srf() as unknown as RawSrf;
    this.#srf.on("connect", (error) => {
      if (error) return void listener.refused();
      // What has been asked for is in force when the ping behind it is answered.
      this.#pings.clear();
      this.#ping();
    });
    this.#srf.on("close", () => {
      this.#pings.clear();
      if (!this.#isOpen) return;
      this.#isOpen = false;
      listener.closed();
    });
    // It is followed by "close", and tried again.
    this.#srf.on("error", () => {});
    // Methods that begin something are asked for by name; what comes within a dialog comes anyway.
    for (const method of takesCalls ? ["invite", "options"] : [])
      this.#srf.use(method, (...given) => this.#received(...given));
    this.#srf.use((...given) => this.#received(...given));
    this.#srf.connect({ ...server, reconnect: { retryMaxDelay: retryMaxDelayMs } });
    this.#watchWire();
    this.#beating = setInterval(() => this.#beat(), beatMs);
  }

  /** Answers come to `answered`: provisional ones, and final ones (of a fork several). `failed`: nothing was sent. */
  ask(
    { method, uri, dialogId, headers, body, nextHop }: Asked,
    answered: (answer: Answer) => void,
    begun: (asking: Asking) => void,
    failed: (why: Unsent) => void,
  ): void {
    if (!this.#isOpen) return void failed({ isDialogGone: true });
    const options = {
      method,
      headers: { ...headers },
      ...(body === undefined || body === "" ? {} : { body }),
      ...(dialogId === undefined ? {} : { stackDialogId: dialogId }),
      ...(nextHop === undefined ? {} : { proxy: nextHop }),
    };
    try {
      this.#srf.request(uri ?? remoteTarget, options, (error, request) => {
        if (error) return void failed({ isDialogGone: (error as { code?: string }).code === "ENODIALOG" });
        request.on("response", (response, ack) =>
          answered({ message: new SipMessage(response), dialogId: response.stackDialogId, ack: () => ack() }),
        );
        begun({
          sent: new SipMessage(request),
          transactionId: request.stackTxnId,
          cancel: () => request.cancel(() => {}),
        });
      });
    } catch {
      failed({ isDialogGone: true });
    }
  }

  /** Takes back a request that this or another connection has made. */
  cancel(transactionId: string, uri: string): void {
    this.#srf.request(uri, { method: "CANCEL", stackTxnId: transactionId }, () => {});
  }

  /** Answers a request that came to this or another connection. */
  refuse(transactionId: string, status: number, headers: Headers): void {
    const [socket] = this.#srf._app.client.mapServer.keys();
    const message = new RawSipMessage({ status, reason: "", headers: { ...headers } });
    if (socket) this.#srf._app.client.sendMessage(socket, message, { stackTxnId: transactionId });
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    const { client } = this.#srf._app;
    // drachtio-srf would try to connect for ever where it is not connected just now.
    client.wp.closing = true;
    if (client.wp.reconnectVars.retryTimer) clearTimeout(client.wp.reconnectVars.retryTimer);
    clearInterval(this.#beating);
    this.#cut();
  }

  #ping(): void {
    const { mapServer, wp } = this.#srf._app.client;
    const [socket] = mapServer.keys();
    if (socket) this.#pings.add(wp.send(socket, "ping"));
  }

  #beat(): void {
    if (!this.#isOpen && this.#pings.size === 0) return;
    if (this.#pings.size >= silentBeats) this.#cut();
    else this.#ping();
  }

  /** drachtio-srf connects again by itself. */
  #cut(): void {
    for (const socket of this.#srf._app.client.mapServer.keys()) (socket as Socket).destroy();
  }

  /** drachtio-srf writes what it can't parse to the standard error, numbers and all: it does not come that far. */
  #watchWire(): void {
    const { wp } = this.#srf._app.client;
    const [heard] = wp.listeners("msg");
    wp.removeAllListeners("msg");
    wp.on("msg", (socket: object, text: string) => {
      const [, type, id = ""] = text.split("|", 3);
      if (type === "response" && this.#pings.has(id)) this.#ponged();
      else if (isReadable(text)) heard?.(socket, text);
    });
  }

  #ponged(): void {
    this.#pings.clear();
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#listener.opened();
  }

  #received(request: RawRequest, response: RawResponse): void {
    this.#listener.received({
      message: new SipMessage(request),
      transactionId: request.stackTxnId,
      isOfServer: request.source === "application",
      source: sourceOf(request),
      dialogId: request.stackDialogId || undefined,
      reply: (status, { reason, headers = {}, body } = {}, sent) => {
        const options = { headers: { ...headers }, ...(body === undefined ? {} : { body }) };
        response.send(status, reason || undefined, options, (error, raw) =>
          sent?.(error || !raw ? undefined : { message: new SipMessage(raw), dialogId: response.stackDialogId ?? "" }),
        );
      },
      onCancelled: (listener) => request.on("cancel", listener),
    });
  }
}

function sourceOf({ source_address: address, source_port: port, protocol }: RawRequest): Source | undefined {
  return protocol === "udp" || protocol === "tcp" || protocol === "tls"
    ? { address, port, transport: protocol }
    : undefined;
}

function isReadable(text: string): boolean {
  const cut = text.indexOf("\r\n");
  if (text.split("|", 2)[1] !== "sip" || cut === -1) return true;
  try {
    new RawSipMessage(text.slice(cut + 2));
    return true;
  } catch {
    return false;
  }
}
