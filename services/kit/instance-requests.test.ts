import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ExamineResponseSchema } from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import { examine } from "./examination.ts";
import { Health } from "./health.ts";
import { bounded, serveInstance } from "./instance-requests.ts";
import { MemoryBus, MemoryNetwork } from "./memory-bus.ts";
import { Metrics } from "./metrics.ts";

function processOf(role: "focus" | "web", instance: string) {
  const metrics = new Metrics(role);
  metrics.counter("things_total", "Things.").inc(3);
  const config = { VECHE_HOST_ID: "h1", VECHE_UNIT: "main" };
  return { role, instance, version: "0.1.0", config, health: new Health(), metrics } as const;
}

async function examined(...given: Parameters<typeof examine>) {
  return create(ExamineResponseSchema, await examine(...given));
}

test("each process answers for itself, and nobody once it has left", async () => {
  const network = new MemoryNetwork();
  await using first = new MemoryBus(network, { role: "focus" });
  await using second = new MemoryBus(network, { role: "focus" });
  await using operator = new MemoryBus(network, { role: "operator" });
  const one = serveInstance(first, processOf("focus", "a1"), {});
  const two = serveInstance(second, processOf("focus", "b2"), { directories: { data: tmpdir() } });
  const { text, leftOut } = await operator.request(contracts.metrics, { role: "focus", instance: "a1" }, {});
  assert.match(text, /^veche_focus_things_total 3$/m);
  assert.equal(leftOut, 0);
  const answer = await operator.request(contracts.examine, { role: "focus", instance: "b2" }, {});
  assert.deepEqual(
    [answer.role, answer.instance, answer.hostId, answer.unit, answer.version],
    ["focus", "b2", "h1", "main", "0.1.0"],
  );
  assert.ok(Math.abs(Number(answer.clockMs) - Date.now()) < 5000);
  assert.equal(answer.natsRoundTripMs, 0);
  assert.ok(answer.load && answer.load.cpus >= 1 && answer.load.cpuSeconds > 0);
  assert.ok(answer.memory && answer.memory.process > 0n && answer.memory.hostTotal > answer.memory.hostAvailable);
  assert.ok(answer.memory.limit < answer.memory.hostTotal);
  assert.deepEqual(
    answer.disks.map(({ name, path, free, total }) => [name, path, free > 0n && free <= total]),
    [["data", tmpdir(), true]],
  );
  one.close();
  await assert.rejects(operator.request(contracts.metrics, { role: "focus", instance: "a1" }, {}), {
    code: "unavailable",
  });
  two.close();
});

test("what is wrong is said part by part, and certificates with their end", async () => {
  await using bus = new MemoryBus();
  const context = processOf("web", "a1");
  context.health.set("xmpp", "nobody listens at http://xmpp:5280");
  const { ready, problems, certificates, addresses } = await examined(bus, context, {
    addresses: () => ["https://meet.school.example"],
    certificates: () => [{ use: "public", names: ["meet.school.example"], notAfterMs: 1_800_000_000_000 }],
  });
  assert.equal(ready, false);
  assert.deepEqual(
    problems.map(({ part, text }) => `${part}: ${text}`),
    ["xmpp: nobody listens at http://xmpp:5280"],
  );
  assert.deepEqual(
    certificates.map(({ use, notAfterMs, names }) => [use, notAfterMs, names]),
    [["public", 1_800_000_000_000n, ["meet.school.example"]]],
  );
  assert.deepEqual(addresses, ["https://meet.school.example"]);
});

test("an answer goes without what can't be asked: a NATS that hangs, a directory that is gone", async () => {
  const hanging = { roundTripMs: () => new Promise<number>(() => undefined) };
  const began = performance.now();
  const { natsRoundTripMs, disks } = await examined(hanging, processOf("web", "a1"), {
    directories: { data: "/nowhere/at/all" },
  });
  assert.ok(performance.now() - began < 5000);
  assert.equal(natsRoundTripMs, undefined);
  assert.deepEqual(
    disks.map(({ path, total, free }) => [path, total, free]),
    [["/nowhere/at/all", 0n, 0n]],
  );
});

test("metrics that don't fit are left out whole, the last ones first", () => {
  const one = "# HELP a Ä.\n# TYPE a gauge\na 1\n";
  const two = "# HELP b B.\n# TYPE b gauge\nb 1\n";
  assert.deepEqual(bounded(one + two, 1000), { text: one + two, leftOut: 0 });
  assert.deepEqual(bounded(one + two, Buffer.byteLength(one + two)), { text: one + two, leftOut: 0 });
  assert.deepEqual(bounded(one + two, Buffer.byteLength(one + two) - 1), { text: one, leftOut: 1 });
  assert.deepEqual(bounded(one + two, 5), { text: "", leftOut: 2 });
});
