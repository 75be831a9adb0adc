import { randomBytes } from "node:crypto";
import type * as OpenTelemetry from "@opentelemetry/api";
import { systemClock, waitAtMost } from "./clock.ts";
import { copyLines, type Log } from "./log.ts";

/** W3C trace context as it travels in headers. */
export type TraceHeaders = Readonly<Record<string, string>>;

let api: typeof OpenTelemetry | undefined;

let stop: (() => Promise<void>) | undefined;

/** Sending what is left must not keep a process from ending. */
const stopMs = 2000;

export type Telling = {
  readonly role: string;
  readonly instance: string;
  readonly version: string;
  readonly host: string;
  readonly log: Log;
};

/**
 * Traces and logs by OTLP, each where OpenTelemetry's own settings say where to: OTEL_EXPORTER_OTLP_ENDPOINT for both, or
 * …_TRACES_ENDPOINT and …_LOGS_ENDPOINT. Without them nothing happens, and nothing is loaded.
 */
export async function startTelemetry(telling: Telling, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const both = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const traces = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || both;
  const logs = env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT || both;
  if ((!traces && !logs) || env.OTEL_SDK_DISABLED === "true") return;
  const { role, instance, version, host, log } = telling;
  try {
    const [otel, { startSdk }] = await Promise.all([import("@opentelemetry/api"), import("./telemetry-sdk.ts")]);
    const sdk = startSdk({
      hasTraces: Boolean(traces),
      hasLogs: Boolean(logs),
      ratio: ratioOf(env.OTEL_TRACES_SAMPLER_ARG),
      attributes: {
        "service.name": env.OTEL_SERVICE_NAME || `veche-${role}`,
        "service.instance.id": instance,
        "service.version": version,
        "host.name": host,
      },
    });
    if (traces) api = otel;
    if (logs) copyLines(sdk.logLine);
    stop = sdk.stop;
    log.info({ traces: traces ?? "", logs: logs ?? "" }, "traces and logs are sent by OTLP");
  } catch (error) {
    log.warn({ err: error }, "no traces and no logs are sent: OpenTelemetry can't be started");
  }
}

/** Sends what waits, within two seconds. */
export async function stopTelemetry(): Promise<void> {
  const stopping = stop?.();
  stop = undefined;
  copyLines(undefined);
  if (stopping) await waitAtMost(systemClock, stopMs, stopping);
}

/** Of new traces; all of them unless it says otherwise. */
function ratioOf(text: string | undefined): number {
  const ratio = text === undefined || text === "" ? 1 : Number(text);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
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

/** A server's span around what `go` sets off; ended by calling what is returned. */
export function openSpan(name: string, headers: TraceHeaders, go: () => void): (isFault: boolean) => void {
  if (!api) {
    go();
    return () => {};
  }
  const otel = api;
  const parent = otel.propagation.extract(otel.context.active(), headers);
  const span = otel.trace.getTracer("veche").startSpan(name, { kind: otel.SpanKind.SERVER }, parent);
  otel.context.with(otel.trace.setSpan(parent, span), go);
  return (isFault) => {
    if (isFault) span.setStatus({ code: otel.SpanStatusCode.ERROR });
    span.end();
  };
}

/** Whether spans go anywhere. */
export function isTracing(): boolean {
  return api !== undefined;
}
