import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { DutySchema } from "@veche/proto/gen/veche/signalling/v1/duty_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { UnitUpstream } from "./unit-upstream.ts";
import { Upstream } from "./upstream.ts";

async function aStage(fixedOrigin = "", onProblem?: (problem: string | undefined) => void) {
  const bus = new MemoryBus(new MemoryNetwork());
  const bucket = await bus.bucket(buckets.units, DutySchema);
  const left: string[] = [];
  const unit = new UnitUpstream({
    unit: "main",
    role: "xmpp",
    fixedOrigin,
    usualOrigin: "http://127.0.0.1:5280",
    open: (origin) => {
      const given = { name: "xmpp", role: "xmpp", tls: undefined, origin, clock: systemClock, waitMs: 0 } as const;
      const upstream = new Upstream(onProblem ? { ...given, onProblem } : given);
      if (onProblem) upstream.watch();
      return upstream;
    },
    log: silentLog,
    onMoved: ({ origin }) => left.push(origin),
  });
  const listening = await unit.listen(bus);
  const say = async (key: string, origin: string) => {
    await bucket.put(key, { unit: "main", role: "xmpp", hostId: "there", instance: "x", origin });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const end = () => {
    listening[Symbol.dispose]();
    unit[Symbol.dispose]();
  };
  return { unit, left, say, [Symbol.dispose]: end };
}

test("requests go to this host until somebody is on duty, and follow the unit from host to host", async () => {
  using stage = await aStage();
  const { unit, left, say } = stage;
  assert.equal(unit.current.origin, "http://127.0.0.1:5280");
  await say("main.xmpp", "http://10.0.0.1:5280");
  await say("main.xmpp", "http://10.0.0.1:5280/");
  await say("main.xmpp", "http://10.0.0.2:5280");
  assert.equal(unit.current.origin, "http://10.0.0.2:5280");
  assert.deepEqual(left, ["http://127.0.0.1:5280", "http://10.0.0.1:5280"]);
});

test("other units, who stands by and what is no address change nothing", async () => {
  using stage = await aStage();
  for (const key of ["other.xmpp", "main.focus", "main.xmpp.there"]) await stage.say(key, "http://10.0.0.1:1");
  await stage.say("main.xmpp", "nowhere");
  assert.deepEqual([stage.unit.current.origin, stage.left], ["http://127.0.0.1:5280", []]);
});

test("that nobody listens on a lost host is no problem any more once another serves", async () => {
  await using successor = createServer().listen(0, "127.0.0.1");
  await once(successor, "listening");
  const { port } = successor.address() as AddressInfo;
  const told: (string | undefined)[] = [];
  const heard = new EventEmitter();
  using stage = await aStage("", (problem) => {
    told.push(problem);
    heard.emit("told");
  });
  // Port 9 of loopback: nobody listens there, nor where it looks first.
  await stage.say("main.xmpp", "http://127.0.0.1:9");
  if (!told.includes("nobody listens at http://127.0.0.1:9")) await once(heard, "told");
  assert.equal(told.at(-1), "nobody listens at http://127.0.0.1:9");
  const reached = once(successor, "connection");
  await stage.say("main.xmpp", `http://127.0.0.1:${port}`);
  await reached;
  assert.equal(told.at(-1), undefined);
});

test("what the operator has set is not left", async () => {
  using stage = await aStage("http://xmpp:5280");
  await stage.say("main.xmpp", "http://10.0.0.1:5280");
  assert.deepEqual([stage.unit.current.origin, stage.left], ["http://xmpp:5280", []]);
});
