import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type Seen = {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type FakeUpstream = AsyncDisposable & {
  readonly origin: string;
  readonly port: number;
  readonly seen: Seen[];
  readonly server: Server;
  /** The server's ends of the WebSockets, in order. */
  readonly sockets: WebSocket[];
  nextSocket(): Promise<WebSocket>;
};

export type FakeOptions = {
  readonly port?: number;
  readonly answer?: (seen: Seen, response: ServerResponse) => void;
  /** A status other than 101 refuses the WebSocket. */
  readonly accept?: (seen: Seen) => number;
};

/** A role behind the web server: it speaks HTTP and WebSocket and remembers what it was asked. */
export async function startUpstream(options: FakeOptions = {}): Promise<FakeUpstream> {
  const seen: Seen[] = [];
  const sockets: WebSocket[] = [];
  const waiting: ((socket: WebSocket) => void)[] = [];
  const answer = options.answer ?? ((_seen, response) => response.end("answered"));
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const one = { ...describe(request), body };
      seen.push(one);
      answer(one, response);
    });
  });
  const connections = new Set<Socket>();
  server.on("connection", (connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  const upgrader = new WebSocketServer({ noServer: true, handleProtocols: (names) => [...names][0] ?? false });
  server.on("upgrade", (request, socket, head) => {
    const one = { ...describe(request), body: "" };
    seen.push(one);
    const status = options.accept?.(one) ?? 101;
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (accepted) => {
      sockets.push(accepted);
      accepted.on("error", () => {});
      waiting.shift()?.(accepted);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    server,
    sockets,
    nextSocket: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(request: IncomingMessage) {
  return { method: request.method ?? "", target: request.url ?? "", headers: request.headers };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
