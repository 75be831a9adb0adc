/** OpenTelemetry's SDK, of which nothing is loaded unless telemetry.ts is told where traces or logs go. */
import { context, propagation, SeverityNumber, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

export type Sending = {
  readonly hasTraces: boolean;
  readonly hasLogs: boolean;
  /** Of traces that begin here, 0 to 1. */
  readonly ratio: number;
  /** `service.name` and the like, by OpenTelemetry's names. */
  readonly attributes: Readonly<Record<string, string>>;
};

export type Sdk = {
  /** A line of the log, as JSON. */
  readonly logLine: (line: string) => void;
  /** Sends what waits, and no more. */
  readonly stop: () => Promise<void>;
};

const severities: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Where to, with which headers and how long, the exporters read from OTEL_EXPORTER_OTLP_*; JSON over HTTP. */
export function startSdk({ hasTraces, hasLogs, ratio, attributes }: Sending): Sdk {
  const resource = resourceFromAttributes(attributes);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const tracers = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: hasTraces ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })] : [],
  });
  if (hasTraces) trace.setGlobalTracerProvider(tracers);
  const loggers = new LoggerProvider({
    resource,
    processors: hasLogs ? [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })] : [],
  });
  const logger = loggers.getLogger("veche");
  return {
    logLine: (line) => {
      if (!hasLogs) return;
      const { level, time, msg, role: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
      logger.emit({
        severityNumber: severities[String(level)] ?? SeverityNumber.UNSPECIFIED,
        severityText: String(level),
        timestamp: new Date(String(time)),
        body: String(msg ?? ""),
        attributes: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)])),
        context: context.active(),
      });
    },
    stop: async () => void (await Promise.allSettled([tracers.shutdown(), loggers.shutdown()])),
  };
}

/** Values within values are for people: they stand there as JSON. */
function plain(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value) ?? "";
}
