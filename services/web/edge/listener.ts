import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { VecheError } from "@veche/kit/errors.ts";
import { type Certificate, tlsOptions } from "@veche/kit/tls/certificate.ts";
import type { Limits } from "../limits.ts";
import type { WebMetrics } from "../metrics.ts";
import { addressOf, type TrustedProxies } from "./forwarded.ts";

export type Site = {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

export type Where = {
  /** The setting that moves the port, for whoever finds it taken. */
  readonly setting: string;
  readonly port: number;
  readonly address: string;
  readonly limits: Limits;
};

/** Counts the connections of all listeners together. */
export class SocketLimits {
  readonly #perAddress = new Map<string, number>();
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #proxies: TrustedProxies;
  readonly #metrics: WebMetrics;
  #open = 0;

  constructor(max: number, maxPerAddress: number, proxies: TrustedProxies, metrics: WebMetrics) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
    this.#proxies = proxies;
    this.#metrics = metrics;
  }

  /** Closes what is one too many. Everybody comes from the address of a trusted proxy, so it has no share of its own. */
  admit(socket: Socket, listener: string): void {
    const address = addressOf(socket);
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const exceeded =
      this.#open >= this.#max
        ? "all"
        : ofAddress >= this.#maxPerAddress && !this.#proxies.has(address)
          ? "address"
          : undefined;
    if (exceeded !== undefined) {
      this.#metrics.refusedSockets.inc({ limit: exceeded });
      socket.destroy();
      return;
    }
    this.#open += 1;
    this.#perAddress.set(address, ofAddress + 1);
    this.#metrics.sockets.inc({ listener });
    socket.once("close", () => {
      this.#open -= 1;
      this.#metrics.sockets.dec({ listener });
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
  }
}

/** One public port. */
export class Listener {
  readonly port: number;
  readonly #server: Server | SecureServer;
  /** The server itself loses sight of upgraded connections and of handshakes under way. */
  readonly #sockets: ReadonlySet<Socket>;

  static async openHttp(where: Where, site: Site, sockets: SocketLimits): Promise<Listener> {
    const server = createServer(serverOptions(where.limits));
    return Listener.#open(server, where, site, sockets, "http");
  }

  static async openHttps(where: Where, site: Site, sockets: SocketLimits, certificate: Certificate): Promise<Listener> {
    const server = createSecureServer({
      ...serverOptions(where.limits),
      ...tlsOptions(certificate),
      handshakeTimeout: where.limits.tlsHandshakeMs,
      ALPNProtocols: ["http/1.1"],
    });
    return Listener.#open(server, where, site, sockets, "https");
  }

  static async #open(
    server: Server | SecureServer,
    where: Where,
    site: Site,
    sockets: SocketLimits,
    name: string,
  ): Promise<Listener> {
    const open = new Set<Socket>();
    // On an https server these are the connections below TLS, so handshakes count too.
    server.prependListener("connection", (socket: Socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      sockets.admit(socket, name);
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => site.handleRequest(request, response));
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      site.handleUpgrade(request, socket, head),
    );
    await listen(server, where);
    return new Listener(server, open);
  }

  private constructor(server: Server | SecureServer, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  use(certificate: Certificate): void {
    if ("setSecureContext" in this.#server) this.#server.setSecureContext(tlsOptions(certificate));
  }

  /** Takes nothing new; answers in flight get until `finishMs`. */
  async close(finishMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, finishMs);
    await closed;
    clearTimeout(timer);
  }
}

function serverOptions(limits: Limits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    requestTimeout: limits.bodyMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    noDelay: true,
  };
}

function listen(server: Server | SecureServer, { setting, port, address }: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new VecheError("failed-precondition", listenProblem(error, setting, port, address), { cause: error }));
    });
    server.listen({ port, ...(address === "" ? {} : { host: address }) }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

export function listenProblem(error: NodeJS.ErrnoException, setting: string, port: number, address: string): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is in use: free it, or move this one with ${setting}`;
    case "EACCES":
      return `port ${port} needs rights this process lacks: choose one above 1023 with ${setting}`;
    case "EADDRNOTAVAIL":
      return `address "${address}" of port ${port} (${setting}) is not this machine's`;
    default:
      return `port ${port} (${setting}) can't be opened: ${error.message}`;
  }
}
