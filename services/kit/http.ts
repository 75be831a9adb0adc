import { STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { RoleName } from "@veche/proto/roles.ts";
import fastify, { type ConnectionError, type FastifyError, type FastifyInstance } from "fastify";
import { errorTable, isErrorCode, toVecheError, VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { PrivateTls } from "./private-tls/private-tls.ts";
import type { Context } from "./run.ts";
import { isTracing, openSpan, type TraceHeaders } from "./telemetry.ts";

export type { FastifyInstance, FastifyReply } from "fastify";

export const httpLimits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  headerTimeoutMs: 10_000,
  /** Header and body together. */
  requestTimeoutMs: 20_000,
  keepAliveMs: 75_000,
  /** How often Node looks for connections that are too slow: a limit is kept to within this. */
  checkEveryMs: 1000,
};

type HttpLimits = Readonly<typeof httpLimits>;

export type HttpOptions = {
  readonly log: Log;
  readonly limits?: Partial<HttpLimits>;
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
};

/** A private HTTP server: bounded, and errors go out as `{code, message}` with the status of the table in errors.ts. */
export function createHttpServer(options: HttpOptions): FastifyInstance {
  const limits = { ...httpLimits, ...options.limits };
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      headersTimeout: limits.headerTimeoutMs,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    forceCloseConnections: true,
    clientErrorHandler: refuse,
    trustProxy: options.trustedProxies ? [...options.trustedProxies] : false,
  });
  if (isTracing()) traceRequests(app);
  app.setErrorHandler<FastifyError | VecheError | Error>((error, request, reply) => {
    const { code, message, status } = describeError(error);
    if (status >= 500 && code === "internal") {
      options.log.error({ err: error, method: request.method, route: request.routeOptions.url }, "request failed");
    }
    return reply.code(status).send({ code, message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ code: "not-found", message: `nothing at ${request.method} ${pathOf(request.url)}` }),
  );
  return app;
}

/** What is asked for every few seconds says nothing. */
const untraced = /^\/(?:health|metrics|about)/;

function traceRequests(app: FastifyInstance): void {
  app.addHook("onRequest", (request, reply, done) => {
    const route = request.routeOptions.url ?? "";
    if (untraced.test(route)) return done();
    const { traceparent } = request.headers;
    const headers: TraceHeaders = typeof traceparent === "string" ? { traceparent } : {};
    const end = openSpan(`${request.method} ${route}`, headers, done);
    reply.raw.once("close", () => end(reply.statusCode >= 500));
  });
}

export interface PrivateHttp extends AsyncDisposable {
  readonly port: number;
}

/** With TLS between hosts: processes of `callers` alone get in from elsewhere. */
export type PrivateGuard = { readonly tls: PrivateTls | undefined; readonly callers: readonly RoleName[] };

/** `setting`: what moves it elsewhere. Rejects with `unavailable` where the port is in use; the server is closed then. */
export async function listenPrivately(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
  guard?: PrivateGuard,
): Promise<PrivateHttp> {
  const gate = guard?.tls?.guard(app.server, guard.callers);
  const close = () => {
    gate?.[Symbol.dispose]();
    return app.close();
  };
  try {
    await app.listen({ host, port });
  } catch (error) {
    await close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new VecheError(
      "unavailable",
      `can't listen on ${host}:${port}/tcp (address in use): free it, or give another with ${setting}`,
      { cause: error },
    );
  }
  return { port: (app.server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

/** Answers what is no HTTP, too long or too slow, before there is a request; then hangs up. */
function refuse(error: ConnectionError, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  const code = status === 408 ? "deadline-exceeded" : codeOfStatus(status);
  const body = JSON.stringify({ code, message: STATUS_CODES[status] });
  const head = ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close"];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Without the query, which may carry a token. */
function pathOf(url: string): string {
  return (url.split("?", 1)[0] ?? "").slice(0, 200);
}

function describeError(error: Error): { readonly code: string; readonly message: string; readonly status: number } {
  if (!(error instanceof VecheError)) {
    const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
    if (status < 500) return { code: codeOfStatus(status), message: error.message, status };
    return { code: "internal", message: "something failed here; the log says what", status: 500 };
  }
  const { code, message } = toVecheError(error);
  return { code, message, status: errorTable[code].http };
}

function codeOfStatus(status: number): string {
  const code = Object.keys(errorTable).find((name) => isErrorCode(name) && errorTable[name].http === status);
  return code ?? (status === 413 || status === 431 ? "resource-exhausted" : "invalid-argument");
}

/** `/health/ready`, `/health/live`, `/metrics` and `/about/version`. */
export function mountOperations(
  app: FastifyInstance,
  context: Pick<Context<unknown>, "health" | "metrics" | "version" | "role">,
): void {
  const { health, metrics, version, role } = context;
  app.get("/health/ready", (_request, reply) => reply.code(health.ready ? 200 : 503).send(health.describe()));
  app.get("/health/live", () => ({ live: true }));
  app.get("/metrics", async (request, reply) => {
    if (request.headers.accept?.includes("application/openmetrics-text") === true) {
      reply.type("application/openmetrics-text; version=1.0.0; charset=utf-8");
      return metrics.openMetricsText();
    }
    reply.type("text/plain; version=0.0.4; charset=utf-8");
    return metrics.text();
  });
  app.get("/about/version", () => ({ name: `veche-${role}`, version, os: process.platform }));
}
