import { type IncomingMessage, request as startRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Limits } from "../limits.ts";
import type { WebMetrics } from "../metrics.ts";
import { refuseSocket } from "./answer.ts";
import { clientHeaders, upstreamHeaders, type Visit } from "./forwarded.ts";
import { failureReason, upstreamRefusal } from "./http-proxy.ts";
import type { Upstream } from "./upstream.ts";

/**
 * Passes WebSockets through. The handshake is read and checked as HTTP on both sides; after the 101 the two sockets are
 * joined and frames are bytes: masks, close codes, compression and pings reach the other end as they are, nothing is
 * parsed or copied, and a slow reader stops the writer by TCP alone.
 */
export class Tunnels {
  /** With where they lead to; those whose handshake is under way, too. */
  readonly #open = new Map<Duplex, Upstream>();
  readonly #limits: Limits;
  readonly #metrics: WebMetrics;

  constructor(limits: Limits, metrics: WebMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#open.size;
  }

  async open(request: IncomingMessage, socket: Duplex, head: Buffer, to: Target): Promise<void> {
    const { upstream, target, visit } = to;
    const ending = new AbortController();
    const { signal } = ending;
    this.#open.set(socket, upstream);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => ending.abort());
    socket.once("close", () => ending.abort());
    socket.once("end", () => ending.abort());
    const deadline = setTimeout(() => ending.abort(), this.#limits.tunnelHandshakeMs);
    try {
      const answer = await upstream.reach(() => shakeHands(request, upstream, target, visit, signal), signal);
      if (socket.destroyed) answer.socket?.destroy();
      else if (answer.type === "refused") relayRefusal(answer.response, socket);
      else this.#join(socket, head, answer, upstream);
    } catch (error) {
      if (socket.destroyed) return;
      const reason = signal.aborted ? "silent" : failureReason(error);
      this.#metrics.upstreamFailures.inc({ upstream: upstream.name, reason });
      refuseSocket(socket, upstreamRefusal(upstream.name, reason));
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Ends them all: clients resume through the next process. */
  close(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /** Ends those that lead there. */
  closeTo(upstream: Upstream): void {
    for (const [socket, to] of this.#open) if (to === upstream) socket.destroy();
  }

  #join(client: Duplex, head: Buffer, answer: Accepted, { name }: Upstream): void {
    const { socket: server, response } = answer;
    client.write(handshakeText(response));
    if (answer.head.length > 0) client.write(answer.head);
    if (head.length > 0) server.write(head);
    this.#metrics.tunnelsOpened.inc({ upstream: name });
    this.#metrics.tunnels.inc({ upstream: name });
    client.once("close", () => {
      this.#metrics.tunnels.dec({ upstream: name });
    });
    keepAlive(client);
    keepAlive(server);
    connectHalf(client, server, this.#limits.halfClosedMs);
    connectHalf(server, client, this.#limits.halfClosedMs);
  }
}

export type Target = { readonly upstream: Upstream; readonly target: string; readonly visit: Visit };

type Accepted = {
  readonly type: "accepted";
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
};
type Refused = { readonly type: "refused"; readonly response: IncomingMessage; readonly socket?: undefined };

function shakeHands(
  request: IncomingMessage,
  upstream: Upstream,
  target: string,
  visit: Visit,
  signal: AbortSignal,
): Promise<Accepted | Refused> {
  return new Promise((resolve, reject) => {
    const outgoing = startRequest({
      ...upstream.requestOptions({ isTunnel: true }),
      method: "GET",
      path: target,
      headers: { ...upstreamHeaders(request, visit), connection: "Upgrade", upgrade: "websocket" },
      signal,
    });
    outgoing.once("upgrade", (response, socket, head) => resolve({ type: "accepted", response, socket, head }));
    outgoing.once("response", (response) => resolve({ type: "refused", response }));
    outgoing.once("error", reject);
    outgoing.end();
  });
}

function handshakeText(response: IncomingMessage): string {
  const headers = clientHeaders(response);
  let text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}

/** A wrong password is the upstream's to say: its status goes to the client. */
function relayRefusal(response: IncomingMessage, socket: Duplex): void {
  response.resume();
  refuseSocket(socket, {
    status: response.statusCode ?? 502,
    code: "failed-precondition",
    message: "the WebSocket was not accepted",
  });
}

function connectHalf(from: Duplex, to: Duplex, halfClosedMs: number): void {
  from.pipe(to);
  from.on("error", () => {});
  from.once("end", () => destroyLater(from, halfClosedMs));
  from.once("close", () => {
    // After a clean end, what was said last (the close frame) is still on its way to the other side.
    if (from.readableEnded) {
      to.resume();
      destroyLater(to, halfClosedMs);
    } else to.destroy();
  });
}

function destroyLater(stream: Duplex, delayMs: number): void {
  if (stream.closed) return;
  const timer = setTimeout(() => stream.destroy(), delayMs);
  stream.once("close", () => clearTimeout(timer));
}

function keepAlive(stream: Duplex): void {
  const socket = stream as Partial<Socket>;
  socket.setTimeout?.(0);
  socket.setNoDelay?.(true);
  socket.setKeepAlive?.(true, 30_000);
}

/** What a request must be to open a WebSocket; otherwise the reason. */
export function handshakeProblem(request: IncomingMessage): string | undefined {
  const { headers } = request;
  if (request.method !== "GET") return `method: expected GET, found ${request.method}`;
  if (headers.upgrade?.trim().toLowerCase() !== "websocket") return "upgrade: expected websocket";
  if (headers["sec-websocket-version"] !== "13") return "sec-websocket-version: expected 13";
  const key = headers["sec-websocket-key"] ?? "";
  return /^[A-Za-z0-9+/]{22}==$/.test(key) ? undefined : "sec-websocket-key: expected 16 bytes in base64";
}
