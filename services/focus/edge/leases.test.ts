import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Leases } from "./leases.ts";

const of = { tenant: "main", room: "r1", session: "s1" };

function stage() {
  const clock = new ManualClock(1_000_000);
  const network = new MemoryNetwork();
  const place = { isOn: true, confirmed: Promise.resolve() };
  const duty = { isOn: () => place.isOn, confirm: () => place.confirmed };
  const open = async (unit: string, instance: string) => {
    const bus = new MemoryBus(network, { clock });
    const heard: string[] = [];
    const listener = {
      onLost: (room: string) => heard.push(`lost ${room}`),
      onFreed: () => undefined,
      onRetaken: (room: string, epoch: number) => heard.push(`retaken ${room} ${epoch}`),
      noteFor: () => ({ messages: 3, jingleSessions: {} }),
    };
    const given = { bus, unit, instance, clock, log: silentLog, listener, duty };
    return { leases: await Leases.open(given), bus, heard };
  };
  return { clock, network, place, open };
}

test("epochs grow with each owner; another process of the unit takes over at once and the first one stops", async () => {
  const { open, clock } = stage();
  const first = await open("main", "i1");
  const second = await open("main", "i2");
  const epoch = await first.leases.take(of);
  assert.ok((await second.leases.take(of)) > epoch);
  await clock.advance(0);
  assert.deepEqual(first.heard, ["lost r1"]);
});

test("a lease is renewed for as long as it is held, and runs out after", async () => {
  const { open, clock } = stage();
  const owner = await open("main", "i1");
  const other = await open("other", "i2");
  await owner.leases.take(of);
  await clock.advance(60_000);
  assert.equal(other.leases.isForeign("r1"), true);
  const taking = other.leases.take(of).then(
    () => "taken",
    (error: unknown) => toVecheError(error).code,
  );
  await clock.advance(500);
  assert.equal(await taking, "permission-denied");
  await owner.leases[Symbol.asyncDispose]();
  await clock.advance(20_000);
  assert.equal(other.leases.isForeign("r1"), false);
  assert.ok(await other.leases.take(of));
});

test("one that ran out while NATS was away is taken again under a new epoch", async () => {
  const { open, clock, network } = stage();
  const { leases, bus, heard } = await open("main", "i1");
  const epoch = await leases.take(of);
  network.disconnect(bus);
  await clock.advance(30_000);
  network.reconnect(bus);
  await clock.advance(10_000);
  assert.equal(heard.length, 1);
  assert.ok(Number(heard[0]?.split(" ")[2]) > epoch);
});

test("a process that slept finds out before it speaks", async () => {
  const { open, clock, network } = stage();
  const sleeper = await open("main", "i1");
  await sleeper.leases.take(of);
  network.disconnect(sleeper.bus);
  await clock.advance(30_000);
  const other = await open("main", "i2");
  await other.leases.take(of);
  network.reconnect(sleeper.bus);
  const confirming = sleeper.leases.confirm("r1");
  await clock.advance(1_000);
  await confirming;
  assert.deepEqual(sleeper.heard, ["lost r1"]);
});

test("while others may have the unit nothing is said for a room, however fresh its lease, and none is taken", async () => {
  const { open, place, clock } = stage();
  const { leases } = await open("main", "i1");
  await leases.take(of);
  await leases.confirm("r1");
  place.confirmed = Promise.reject(new VecheError("unavailable", "not on duty here"));
  await assert.rejects(leases.confirm("r1"), /not on duty here/);
  const taking = leases.take({ ...of, room: "r2" });
  await clock.advance(0);
  place.isOn = false;
  await Promise.all([assert.rejects(taking, /this focus is not on duty/), clock.advance(1_000)]);
  assert.equal(leases.seen("r2"), undefined);
});

test("given back, it is free at once, but not for a newer sitting of the same room", async () => {
  const { open, clock } = stage();
  const { leases } = await open("main", "i1");
  await leases.take(of);
  await leases.take({ ...of, session: "s2" });
  await leases.release("r1", "s1");
  await clock.advance(0);
  assert.equal(leases.seen("r1")?.session, "s2");
  await leases.release("r1", "s2");
  await clock.advance(0);
  assert.equal(leases.seen("r1"), undefined);
});
