import { once } from "node:events";
import { type IncomingHttpHeaders, request as startRequest } from "node:http";
import { request as startSecureRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** The root to trust; without it any certificate will do. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
};

/** Unlike fetch it sends any Host header and any path as they are. */
export async function ask(origin: string, path: string, asking: Asking = {}): Promise<Answer> {
  const { hostname, port, protocol } = new URL(origin);
  const options = {
    host: hostname,
    port,
    path,
    method: asking.method ?? "GET",
    headers: Object.fromEntries(Object.entries(asking.headers ?? {}).filter(([, value]) => value !== undefined)),
    agent: false,
    ...(asking.ca === undefined ? { rejectUnauthorized: false } : { ca: asking.ca }),
    ...(asking.signal === undefined ? {} : { signal: asking.signal }),
  } as const;
  const outgoing = protocol === "https:" ? startSecureRequest(options) : startRequest(options);
  outgoing.end(asking.body);
  const [response] = await once(outgoing, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Sends bytes and resolves with all that comes back until the server closes. */
export async function exchangeBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  return readUntilClosed(socket);
}

export async function readUntilClosed(socket: Socket): Promise<string> {
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    received += chunk;
  });
  if (!socket.closed) await once(socket, "close");
  return received;
}
