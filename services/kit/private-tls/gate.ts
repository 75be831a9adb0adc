/** Who gets through to a private HTTP server once TLS is on between hosts. */
import { constants } from "node:crypto";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { createServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Clock } from "../clock.ts";
import { isLoopback } from "../local-address.ts";
import type { Log } from "../log.ts";
import type { Identity } from "./identity.ts";

/** To the first byte, and from there to the end of the handshake. */
export const handshakeMs = 10_000;

/** The same refusal of the same address is one line in so long. */
const tellAgainMs = 60_000;
const toldAtMost = 1_000;

/** What is wrong with a certificate that was revoked, as whoever was shown it says it. */
export const hostRemoved = "its certificate is of a host that was removed";

/** A TLS handshake begins with it, and no HTTP request does. */
const handshakeRecord = 0x16;

export type GateRules = {
  /** The common names whose certificates open it. */
  readonly callers: readonly string[];
  /**
   * Plain HTTP is answered where both ends are loopback: a container's health check, a command beside the process, an
   * administrator's curl.
   */
  readonly isOpenToLoopback: boolean;
  /** By serial number: certificates of hosts that were removed. */
  readonly isRevoked: (serial: string) => boolean;
};

type Edges = { readonly clock: Clock; readonly log: Log };

/** Stands before one server, and is closed before it: then no handshake under way keeps that from closing. */
export class Gate implements Disposable {
  readonly #rules: GateRules;
  readonly #edges: Edges;
  readonly #tls: TlsServer;
  readonly #open = new Set<Socket>();
  /** Those that got through by TLS, with the serial number that they showed. */
  readonly #admitted = new Map<TLSSocket, string>();
  readonly #told = new Map<string, number>();
  #isClosed = false;

  /** What listens to the server's connections already is given those that got through. */
  constructor(server: Server, rules: GateRules, identity: Identity, edges: Edges) {
    this.#rules = rules;
    this.#edges = edges;
    this.#tls = createServer(serverOptions(identity));
    const inside = server.listeners("connection");
    const admit = (socket: Socket) => {
      for (const listener of inside) listener.call(server, socket);
    };
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => this.#receive(socket, admit));
    this.#tls.on("secureConnection", (socket: TLSSocket) => this.#check(socket, admit));
    this.#tls.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      if (error.code === "ECONNRESET") socket.destroy();
      else this.#refuse(socket, `the handshake failed: ${error.message}`);
    });
  }

  /** For connections from now on. */
  use(identity: Identity): void {
    this.#tls.setSecureContext(serverOptions(identity));
  }

  /** Connections of those who are revoked by now end. */
  cutOff(): void {
    for (const [socket, serial] of this.#admitted) if (this.#rules.isRevoked(serial)) this.#refuse(socket, hostRemoved);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const socket of this.#open) socket.destroy();
  }

  #receive(socket: Socket, admit: (socket: Socket) => void): void {
    if (this.#isClosed) return void socket.destroy();
    const deadline = this.#edges.clock.after(handshakeMs, () => socket.destroy());
    this.#open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      deadline.cancel();
      this.#open.delete(socket);
    });
    socket.once("readable", () => {
      deadline.cancel();
      const head: Buffer | null = socket.read();
      if (head === null) return socket.destroy();
      socket.unshift(head);
      if (head[0] !== handshakeRecord) return this.#receivePlain(socket, admit);
      // Sockets of an HTTP server stay half open; here whoever hangs up in the middle of the handshake is gone.
      socket.allowHalfOpen = false;
      this.#tls.emit("connection", socket);
    });
  }

  #receivePlain(socket: Socket, admit: (socket: Socket) => void): void {
    const isLocal = isLoopback(socket.remoteAddress ?? "") && isLoopback(socket.localAddress ?? "");
    if (!this.#rules.isOpenToLoopback || !isLocal) {
      this.#tell(socket, "plain http, expected TLS with a certificate of the internal authority");
      socket.end(plainRefusal);
      return;
    }
    admit(socket);
    // It was stopped to look at its first byte.
    process.nextTick(() => socket.resume());
  }

  #check(socket: TLSSocket, admit: (socket: Socket) => void): void {
    const problem = problemOf(socket, this.#rules);
    if (problem !== undefined) {
      this.#refuse(socket, problem);
      return;
    }
    this.#admitted.set(socket, socket.getPeerCertificate().serialNumber);
    socket.once("close", () => this.#admitted.delete(socket));
    admit(socket);
  }

  #refuse(socket: Socket, problem: string): void {
    this.#tell(socket, problem);
    socket.destroy();
  }

  /** Whoever tries again and again must not fill the log. */
  #tell({ remoteAddress: address }: Socket, problem: string): void {
    // Gone before it said anything: somebody who only looked whether the port is open.
    if (address === undefined) return;
    const now = this.#edges.clock.now();
    const key = `${address} ${problem}`;
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < tellAgainMs) return;
    if (this.#told.size >= toldAtMost) this.#told.clear();
    this.#told.set(key, now);
    this.#edges.log.warn({ address, problem }, "private connection refused");
  }
}

/** Undefined: one of those who may come in. */
function problemOf(socket: TLSSocket, { callers, isRevoked }: GateRules): string | undefined {
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return "expected a client certificate, found none";
  if (!socket.authorized) return `its certificate is not accepted: ${String(socket.authorizationError)}`;
  if (isRevoked(certificate.serialNumber)) return hostRemoved;
  // Several common names are an array: nobody of ours has that.
  const name: unknown = certificate.subject.CN;
  if (typeof name === "string" && callers.includes(name)) return undefined;
  return `expected a certificate of ${callers.join(" or ")}, found one of "${String(name)}"`;
}

function serverOptions({ cert, key, ca }: Identity) {
  return {
    cert,
    key,
    ca,
    minVersion: "TLSv1.3",
    requestCert: true,
    // `problemOf` looks at every connection and says why; Node by itself would only hang up.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeMs,
    // No session is taken up again: each connection is checked with what is true now.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ALPNProtocols: ["http/1.1"],
  } as const;
}

const refusalBody = JSON.stringify({
  code: "permission-denied",
  message: "expected TLS with a certificate of the internal authority",
});
const plainRefusal = [
  "HTTP/1.1 403 Forbidden",
  "Content-Type: application/json",
  `Content-Length: ${Buffer.byteLength(refusalBody)}`,
  "Connection: close",
  "",
  refusalBody,
].join("\r\n");
