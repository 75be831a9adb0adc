import { randomBytes } from "node:crypto";
import type * as OpenTelemetry from "@opentelemetry/api";
import type { Log } from "./log.ts";

/** W3C trace context as it travels in headers. */
export type TraceHeaders = Readonly<Record<string, string>>;

let api: typeof OpenTelemetry | undefined;

/** Nothing happens, and nothing is loaded, unless OTEL_EXPORTER_OTLP_ENDPOINT is set. */
export async function startTelemetry(role: string, version: string, log: Log): Promise<void> {
  const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return;
  api = await import("@opentelemetry/api");
  process.env.OTEL_SERVICE_NAME ??= `veche-${role}`;
  const sdkName = "@opentelemetry/sdk-node";
  try {
    const sdk = (await import(sdkName)) as { NodeSDK: new () => { start(): void } };
    new sdk.NodeSDK().start();
    log.info({ endpoint, version }, "traces are sent");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (isMissing) log.warn({ endpoint }, `no traces: ${sdkName} is not installed`);
    else log.warn({ endpoint, err: error }, `no traces: ${sdkName} failed`);
  }
}

/** The headers that carry the running span on; none without telemetry. */
export function traceHeaders(): TraceHeaders {
  if (!api) return {};
  const carrier: Record<string, string> = {};
  api.propagation.inject(api.context.active(), carrier);
  return carrier;
}

/** Every fact has a traceparent: that of the running span, or one of its own that nobody samples. */
export function traceparent(): string {
  return traceHeaders().traceparent ?? `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`;
}

/** Runs `action` in a span that goes on from what the headers say. */
export function inSpan<T>(
  name: string,
  kind: "client" | "server" | "consumer",
  headers: TraceHeaders,
  action: () => T,
): T {
  if (!api) return action();
  const otel = api;
  const kinds = { client: otel.SpanKind.CLIENT, server: otel.SpanKind.SERVER, consumer: otel.SpanKind.CONSUMER };
  const parent = kind === "client" ? otel.context.active() : otel.propagation.extract(otel.context.active(), headers);
  return otel.trace.getTracer("veche").startActiveSpan(name, { kind: kinds[kind] }, parent, (span) => {
    const fail = (error: unknown): never => {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: otel.SpanStatusCode.ERROR });
      span.end();
      throw error;
    };
    try {
      const result = action();
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      return result.then((value: unknown) => {
        span.end();
        return value;
      }, fail) as T;
    } catch (error) {
      return fail(error);
    }
  });
}
