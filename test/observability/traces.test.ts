/** A join as a collector sees it by OTLP: one trace over the roles, and the log lines that belong to it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";
import { type HeardSpan, OtlpReceiver } from "./otlp-receiver.ts";

let receiver: OtlpReceiver;
let stack: TestStack;
let crowd: Crowd;

before(async () => {
  receiver = await OtlpReceiver.start();
  stack = await startTestStack({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    // Sent sooner than each five seconds.
    OTEL_BSP_SCHEDULE_DELAY: "300",
    OTEL_BLRP_SCHEDULE_DELAY: "300",
  });
  crowd = await Crowd.open(placeOf(stack.local));
  const wishes = { lastN: -1, height: 180, onStage: [] };
  await crowd.join({ room: "traced", people: 2, transport: "websocket", wishes });
});

after(async () => {
  crowd?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

function traceOf(one: HeardSpan): readonly HeardSpan[] {
  return receiver.spans.filter(({ traceId }) => traceId === one.traceId);
}

test("a join is one trace: what the client sent to xmpp, the focus, the bridge, and back to xmpp", async () => {
  const wanted = [
    "veche-focus evt.muc.{unit}.{room}.occupant-joined",
    "veche-focus rpc.bridge.{bridge}.create-endpoint",
    "veche-videobridge rpc.bridge.{bridge}.create-endpoint",
    "veche-xmpp rpc.xmpp.{unit}.initiate-session",
  ];
  const isWhole = (trace: readonly HeardSpan[]) => {
    const names = new Set(trace.map(({ service, name }) => `${service} ${name}`));
    // Every span but the first was set off by another of the same trace.
    const ids = new Set(trace.map(({ spanId }) => spanId));
    const first = trace.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId));
    return wanted.every((name) => names.has(name)) && first.length === 1 && first[0]?.name === "presence";
  };
  // Each role sends its spans when it likes.
  await eventually("a join went through all of them", () => {
    const joins = receiver.spans.filter(({ name, parentSpanId }) => name === "presence" && !parentSpanId).map(traceOf);
    if (joins.some(isWhole)) return undefined;
    return joins
      .map((trace) => trace.map((span) => `${span.service} ${span.name} ${span.spanId} of ${span.parentSpanId}`))
      .join("\n");
  });
});

test("log lines come by OTLP too, with what they are about, and lead to their trace", async () => {
  await eventually("lines of a trace", () => {
    const line = receiver.lines.find(({ fields, traceId }) => fields.endpoint !== undefined && traceId !== "");
    return line && receiver.spans.some(({ traceId }) => traceId === line.traceId) ? undefined : "none";
  });
  const services = ["veche-focus", "veche-videobridge", "veche-web", "veche-xmpp"];
  await eventually("lines of every role", () => {
    const silent = services.filter((service) => !receiver.lines.some((line) => line.service === service));
    return silent.length === 0 ? undefined : `none of ${silent.join(", ")}`;
  });
  const sessions = (service: string, text: string) =>
    new Set(
      receiver.lines
        .filter((line) => line.service === service && line.text === text)
        .map(({ fields }) => fields.session),
    );
  const opened = () => sessions("veche-focus", "conference opened");
  const created = () => sessions("veche-videobridge", "endpoint created");
  await eventually("the focus and the bridge say what they made", () =>
    opened().size > 0 && created().size > 0 ? undefined : `${opened().size} and ${created().size} conferences`,
  );
  assert.equal(opened().size, 1);
  assert.deepEqual(created(), opened(), "one key for the sitting in every role");
});
