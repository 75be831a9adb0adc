import { createServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { type WebSocket, WebSocketServer } from "ws";
import type { Bridge } from "../conference/bridge.ts";
import { limits } from "../domain/limits.ts";
import type { BridgeEvents } from "../events.ts";

/** As Jitsi's bridge has it: a client knows within a minute that its bridge is gone. */
const pingPeriodMs = 15_000;
const idleTimeoutMs = 60_000;
const headerTimeoutMs = 10_000;
const maxUrlLength = 2_048;

export type ChannelServerRules = { readonly bridge: string; readonly host: string; readonly port: number };

type ChannelEdges = {
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: plain HTTP, within one host's network. */
  readonly tls: PrivateTls | undefined;
};

export interface ChannelServer extends AsyncDisposable {
  readonly port: number;
}

/** Bridge channels: `/colibri-ws/<bridge>/<conference>/<endpoint>?pwd=…`, text frames with one JSON object each. */
export async function openChannelServer(
  rules: ChannelServerRules,
  bridge: Bridge,
  events: BridgeEvents,
  edges: ChannelEdges,
): Promise<ChannelServer> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.channelFrameBytes,
    perMessageDeflate: false,
  });
  const http = createServer(
    { headersTimeout: headerTimeoutMs, requestTimeout: headerTimeoutMs },
    (_request, response) => {
      response
        .writeHead(404, { "content-type": "text/plain", connection: "close" })
        .end("only bridge channels are here\n");
    },
  );
  http.on("clientError", (_error, socket) => refuse(socket, 400));
  http.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const target = readTarget(request, rules.bridge);
    const admission = target
      ? bridge.admitChannel(target.conference, target.endpoint, target.password)
      : ({ ok: false, status: 404, reason: "not a channel of this bridge" } as const);
    if (!admission.ok) {
      events.channelRefused(admission.status, admission.reason);
      return refuse(socket, admission.status);
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, admission.open, edges));
  });
  const gate = edges.tls?.guard(http, ["web"], { isOpenToLoopback: false });
  await listen(http, rules);
  return {
    port: (http.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      gate?.[Symbol.dispose]();
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function readTarget({ url = "" }: IncomingMessage, bridge: string) {
  if (url.length > maxUrlLength) return undefined;
  const parsed = URL.parse(url, "http://bridge");
  const parts = parsed?.pathname.split("/") ?? [];
  if (!parsed || parts.length !== 5 || parts[1] !== "colibri-ws") return undefined;
  const [, , name, conference, endpoint] = parts.map(decode);
  if (name !== bridge || !conference || !endpoint) return undefined;
  return { conference, endpoint, password: parsed.searchParams.get("pwd") ?? "" };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

type Admitted = Extract<ReturnType<Bridge["admitChannel"]>, { ok: true }>["open"];

function serve(socket: WebSocket, open: Admitted, { clock, log }: ChannelEdges): void {
  let heardAt = clock.now();
  const { channel, closed } = open({
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (text) => socket.send(text),
    close: (code, reason) => closeSocket(socket, code, reason),
  });
  const pinging = clock.every(pingPeriodMs, () => {
    if (clock.now() - heardAt >= idleTimeoutMs) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
  });
  socket.on("pong", () => {
    heardAt = clock.now();
  });
  socket.on("message", (data, isBinary) => {
    heardAt = clock.now();
    if (isBinary) channel.receiveBinary();
    else channel.receive(data.toString());
  });
  socket.on("error", (error) => log.debug({ err: error }, "bridge channel broke"));
  socket.on("close", () => {
    pinging.cancel();
    closed();
  });
}

/** A client that doesn't answer the closing is not waited for. */
function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason.slice(0, 100));
  const last = setTimeout(() => socket.terminate(), 2_000);
  last.unref();
  socket.once("close", () => clearTimeout(last));
}

async function listen(http: ReturnType<typeof createServer>, { host, port }: ChannelServerRules): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  http.once("error", (error: NodeJS.ErrnoException) =>
    reject(
      error.code === "EADDRINUSE"
        ? new VecheError(
            "unavailable",
            `can't listen on ${host}:${port}/tcp (address in use): free it, or give another with COLIBRI_WEBSOCKET_PORT`,
          )
        : error,
    ),
  );
  http.listen(port, host, resolve);
  await promise;
}
