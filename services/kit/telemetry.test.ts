import assert from "node:assert/strict";
import { test } from "node:test";
import { propagation } from "@opentelemetry/api";
import { createLogger } from "./log.ts";
import { inSpan, startTelemetry, traceHeaders, traceparent } from "./telemetry.ts";

const form = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

test("without an endpoint nothing is loaded, and facts still have a traceparent each", async () => {
  await startTelemetry("focus", "0.1.0", createLogger("focus", "silent", { write: () => {} }));
  assert.deepEqual(traceHeaders(), {});
  assert.match(traceparent(), form);
  assert.notEqual(traceparent(), traceparent());
  assert.equal(
    inSpan("x", "server", {}, () => 5),
    5,
  );
});

test("with an endpoint but no SDK one line says so, and the running span travels in headers", async () => {
  const lines: string[] = [];
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318";
  await startTelemetry("focus", "0.1.0", createLogger("focus", "info", { write: (line) => void lines.push(line) }));
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /no traces: @opentelemetry\/sdk-node is not installed/);

  const running = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  propagation.setGlobalPropagator({
    inject: (_context, carrier, setter) => setter.set(carrier, "traceparent", running),
    extract: (context) => context,
    fields: () => ["traceparent"],
  });
  assert.deepEqual(traceHeaders(), { traceparent: running });
  assert.equal(traceparent(), running);
  assert.equal(await inSpan("x", "client", {}, () => Promise.resolve(6)), 6);
  await assert.rejects(
    inSpan("x", "consumer", { traceparent: running }, () => Promise.reject(new Error("as it was"))),
    /as it was/,
  );
  assert.throws(
    () =>
      inSpan("x", "server", { traceparent: running }, () => {
        throw new Error("as it was");
      }),
    /as it was/,
  );
});
