import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { test } from "node:test";
import { createLogger } from "./log.ts";
import { inSpan, isTracing, openSpan, startTelemetry, stopTelemetry, traceHeaders, traceparent } from "./telemetry.ts";

const form = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;
const lines: string[] = [];
const log = createLogger("focus", "info", { write: (line) => void lines.push(line) });
const telling = { role: "focus", instance: "a1", version: "0.1.0", host: "h1", log };

test("without an endpoint nothing is loaded, and facts still have a traceparent each", async () => {
  await startTelemetry(telling, {});
  await startTelemetry(telling, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_SDK_DISABLED: "true" });
  assert.equal(isTracing(), false);
  assert.deepEqual(lines, []);
  assert.deepEqual(traceHeaders(), {});
  assert.match(traceparent(), form);
  assert.notEqual(traceparent(), traceparent());
  assert.equal(
    inSpan("x", "server", {}, () => 5),
    5,
  );
  let went = 0;
  openSpan("x", {}, () => void went++)(false);
  assert.equal(went, 1);
});

test("with an endpoint spans and lines go there, failures as such, and the running span travels in headers", async () => {
  const heard = new Map<string, string>();
  await using server = createServer(async (request, response) => {
    heard.set(request.url ?? "", JSON.stringify(await json(request)));
    response.setHeader("content-type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
  await startTelemetry(telling);
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  assert.equal(isTracing(), true);

  const outer = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const inner = inSpan("asked", "server", { traceparent: outer }, () => {
    log.info({ room: "r1", password: "hidden" }, "within");
    return traceHeaders().traceparent ?? "";
  });
  assert.match(inner, new RegExp(`^00-${"a".repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`));
  assert.equal(await inSpan("answered", "client", {}, () => Promise.resolve(6)), 6);
  await assert.rejects(
    inSpan("later", "consumer", {}, () => Promise.reject(new Error("as it was"))),
    /as it was/,
  );
  assert.throws(
    () =>
      inSpan("at once", "server", {}, () => {
        throw new Error("as it was");
      }),
    /as it was/,
  );
  await stopTelemetry();
  const traces = heard.get("/v1/traces") ?? "";
  for (const name of ["asked", "answered", "later", "at once", "veche-focus"])
    assert.ok(traces.includes(`"${name}"`), name);
  const logs = heard.get("/v1/logs") ?? "";
  assert.match(logs, /"within"/);
  assert.match(logs, new RegExp(`"traceId":"${"a".repeat(32)}"`));
  assert.ok(!logs.includes("hidden"));
});
