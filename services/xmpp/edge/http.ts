import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Health } from "@veche/kit/health.ts";
import type { Metrics } from "@veche/kit/metrics.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { cut } from "../codec/cut.ts";
import { scriptRefusal } from "../codec/xep0124-bosh.ts";
import { readUserAgent } from "../domain/user-agent.ts";
import type { Limits } from "../limits.ts";
import type { Arrival } from "../stream/session.ts";
import type { BoshEdge } from "./bosh.ts";
import { isFromWeb, plainAddress, type TrustedProxies } from "./forwarded.ts";
import type { Gate } from "./gate.ts";
import { listen } from "./listen.ts";
import type { AllowedOrigins } from "./origins.ts";
import type { WebSocketEdge } from "./websocket.ts";

export type HttpGiven = {
  readonly bosh: BoshEdge;
  readonly webSocket: WebSocketEdge;
  readonly proxies: TrustedProxies;
  readonly origins: AllowedOrigins;
  /** Holds connections that have not sent a request. */
  readonly connections: Gate;
  /** Undefined: web is in one network with us. */
  readonly tls?: PrivateTls | undefined;
  readonly limits: Limits["http"];
  readonly tokenLength: number;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly debug: () => unknown;
  /** The API for administrators; false where a request is not for it. */
  readonly api: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
};

const checkMs = 2_000;
const queryLength = 1_024;

/** The one listener of the role. */
export class HttpEdge implements AsyncDisposable {
  readonly #given: HttpGiven;
  readonly #server: Server;
  readonly #gate: Disposable | undefined;
  readonly #releases = new WeakMap<Duplex, () => void>();

  constructor(given: HttpGiven) {
    this.#given = given;
    const { limits } = given;
    this.#server = createServer(
      {
        headersTimeout: limits.headerMs,
        requestTimeout: limits.bodyMs,
        keepAliveTimeout: limits.keepAliveMs,
        maxHeaderSize: limits.headerBytes,
        connectionsCheckingInterval: Math.min(checkMs, limits.headerMs),
      },
      (request, response) => this.#receive(request, response),
    );
    this.#server.on("connection", (socket: Socket) => this.#connected(socket));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      else socket.destroy();
    });
    this.#gate = given.tls?.guard(this.#server, ["web"]);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(port: number, address: string): Promise<void> {
    return listen(this.#server, port, address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#gate?.[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** A proxy's connections are many and carry many people; everybody else's are counted until they send a request. */
  #connected(socket: Socket): void {
    const { proxies, connections } = this.#given;
    const address = plainAddress(socket.remoteAddress ?? "");
    if (isFromWeb(socket) || proxies.isTrusted(address)) return;
    const release = connections.arrive(address, { admitted: () => {}, cut: () => socket.destroy() });
    this.#releases.set(socket, release);
    socket.once("close", release);
  }

  #spoken(socket: Duplex): void {
    this.#releases.get(socket)?.();
    this.#releases.delete(socket);
  }

  #receive(request: IncomingMessage, response: ServerResponse) {
    this.#spoken(request.socket);
    const url = urlOf(request);
    if (this.#given.api(request, response, url)) return;
    const arrival = () => this.#arrivalOf(request, url);
    const page = request.headers.origin;
    const host = () => hostOf(arrival());
    const headers = this.#given.origins.headersFor(page, host);
    const endpoint = endpointOf(url.pathname);
    const isBosh = endpoint === "http-bind" && request.method === "POST";
    if (isBosh && this.#given.origins.allows(page, host)) {
      return this.#given.bosh.receive(request, response, arrival, headers);
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return end(response, 200, "");
    if (isBosh) return end(response, 403, "not from this site\n");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD, POST, OPTIONS");
      return end(response, 405, "GET, POST or OPTIONS\n");
    }
    if (endpoint === "http-bind" && /^\?(%3C|<)body/i.test(url.search)) {
      return end(response, 200, scriptRefusal, "text/javascript; charset=utf-8");
    }
    // COMPAT: lib-jitsi-meet keeps connections alive by getting the address of the WebSocket, and wants 200.
    if (endpoint) return end(response, 200, "Veche: XMPP over BOSH and WebSocket\n");
    void this.#operate(url.pathname, response);
  }

  async #operate(path: string, response: ServerResponse): Promise<void> {
    const { health, metrics, debug } = this.#given;
    switch (path) {
      case "/health/live":
        return json(response, 200, { live: true });
      case "/health/ready":
        return json(response, health.ready ? 200 : 503, health.describe());
      case "/metrics":
        return end(response, 200, await metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
      case "/debug":
        return json(response, 200, debug());
      default:
        return end(response, 404, "nothing here\n");
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    socket.on("error", () => socket.destroy());
    this.#spoken(socket);
    const url = urlOf(request);
    if (endpointOf(url.pathname) !== "xmpp-websocket") return refuse(socket, "404 Not Found");
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (!offered.includes("xmpp")) return refuse(socket, "400 Bad Request");
    const previd = url.searchParams.get("previd") ?? "";
    const arrival = this.#arrivalOf(request, url);
    // The rule of CORS does not hold for WebSockets: any page may open one, so it is asked here where it is from.
    if (!this.#given.origins.allows(request.headers.origin, () => hostOf(arrival)))
      return refuse(socket, "403 Forbidden");
    this.#given.webSocket.accept(request, socket, head, arrival, previd.slice(0, queryLength));
  }

  #arrivalOf(request: IncomingMessage, url: URL): Arrival {
    const { address, origin } = this.#given.proxies.clientOf(request);
    const query = (name: string) => cut(url.searchParams.get(name) ?? "", queryLength);
    const userAgent = request.headers["user-agent"];
    // One character more than it may have tells that it has too many.
    const token = cut(url.searchParams.get("token") ?? "", this.#given.tokenLength + 1);
    return { address, origin, room: query("room"), prefix: query("prefix"), client: readUserAgent(userAgent), token };
  }
}

/** Everybody in a room asks for the same few, again and again. */
const knownUrls = new Map<string, URL>();
const knownUrlsAtMost = 1_000;
const knownUrlLength = 256;

function urlOf({ url: text = "/" }: IncomingMessage): URL {
  const known = knownUrls.get(text);
  if (known) return known;
  const url = URL.parse(text, "http://localhost") ?? new URL("http://localhost/");
  // Tokens are not kept longer than they are looked at.
  if (text.length > knownUrlLength || text.includes("token")) return url;
  if (knownUrls.size >= knownUrlsAtMost) knownUrls.clear();
  knownUrls.set(text, url);
  return url;
}

/** As the client named it. */
function hostOf({ origin }: Arrival): string {
  return origin.replace(/^\w+:\/\//, "");
}

/** `/http-bind` and `/<tenant>/http-bind` alike. */
function endpointOf(path: string): "http-bind" | "xmpp-websocket" | undefined {
  const [, endpoint] = /^(?:\/[^/]+)?\/(http-bind|xmpp-websocket)\/?$/.exec(path) ?? [];
  return endpoint as "http-bind" | "xmpp-websocket" | undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function json(response: ServerResponse, status: number, value: unknown): void {
  end(response, status, `${JSON.stringify(value)}\n`, "application/json; charset=utf-8");
}

function end(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}
