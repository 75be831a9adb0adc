/** Over a real nats-server: who is there, and what each says of itself. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { NatsLink } from "@veche/kit/nats-link.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { announce } from "@veche/kit/service-facts.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { examineInstance, findInstances, metricsOf } from "./instances.ts";

const skip = !findNatsServer() && "there is no nats-server (PATH, /usr/sbin, NATS_SERVER_BIN)";
let server: NatsServer;
let link: NatsLink;

before(async () => {
  if (skip) return;
  server = await NatsServer.start();
  link = await NatsLink.open({ url: server.url, user: "", password: "" }, "test", "_INBOX.operator", silentLog);
});

after(async () => {
  await link?.close();
  await server?.[Symbol.asyncDispose]();
});

async function startProcess(role: RoleName, instance: string, host: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const metrics = new Metrics(role);
  metrics.gauge("things", "Things.").set(7);
  const context = {
    role,
    instance,
    host,
    version: "0.1.0",
    log: silentLog,
    config: { VECHE_HOST_ID: host, VECHE_UNIT: "main" },
    health: new Health(),
    metrics,
  };
  const bus = stack.use(await NatsBus.open({ url: server.url, user: "", password: "" }, context, { log: silentLog }));
  stack.use(await announce(bus, context));
  await bus.flush();
  return stack.move();
}

test("processes of all roles are found with role, host and instance, and answer for themselves", { skip }, async () => {
  assert.deepEqual(await findInstances(link, 200), []);
  await using _focus = await startProcess("focus", "f1", "host-a");
  await using _one = await startProcess("videobridge", "b1", "host-a");
  await using _two = await startProcess("videobridge", "b2", "host-b");
  const found = await findInstances(link, 500);
  assert.deepEqual(
    found.map(({ role, instance, host }) => `${role} ${instance} on ${host}`),
    ["focus f1 on host-a", "videobridge b1 on host-a", "videobridge b2 on host-b"],
  );
  for (const one of found) {
    const { text } = await metricsOf(link, one);
    assert.match(text, new RegExp(`^veche_${one.role}_things 7$`, "m"));
    const { answer, clockOffsetMs } = await examineInstance(link, one);
    assert.deepEqual([answer.role, answer.instance, answer.hostId], [one.role, one.instance, one.host]);
    assert.ok((answer.natsRoundTripMs ?? 0) > 0, `${answer.natsRoundTripMs}`);
    assert.ok(Math.abs(clockOffsetMs) < 1000, `${clockOffsetMs}`);
  }
});

test("who is gone is told so at once", { skip }, async () => {
  const gone = { role: "focus", instance: "nobody", host: "host-a", version: "0.1.0" };
  await assert.rejects(metricsOf(link, gone), { code: "unavailable" });
});
