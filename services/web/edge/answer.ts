import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

export type Refusal = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The same short JSON error everywhere. */
export function refuse(response: ServerResponse, { status, code, message, headers }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ code, message });
  response.writeHead(status, { ...refusalHeaders(body), ...headers });
  response.end(body);
}

/** For an upgrade, where there is only the bare socket. */
export function refuseSocket(socket: Duplex, { status, code, message, headers }: Refusal): void {
  const body = JSON.stringify({ code, message });
  const lines = Object.entries({ ...refusalHeaders(body), ...headers, connection: "close" });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n${body}`,
  );
  // Whoever does not close after this answer is closed.
  socket.once("finish", () => socket.destroy());
}

function refusalHeaders(body: string): Record<string, string> {
  return {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    // COMPAT: clients on other origins read the status of a failed BOSH request only with this.
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
  };
}
