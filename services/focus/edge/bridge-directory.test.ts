import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { bridge } from "@veche/proto/subjects.ts";
import { BridgeDirectory } from "./bridge-directory.ts";

type State = {
  readonly instance?: string;
  readonly healthy?: boolean;
  readonly draining?: boolean;
  readonly stress?: number;
};

function open() {
  const clock = new ManualClock(1_000_000);
  const network = new MemoryNetwork();
  const bus = new MemoryBus(network, { clock });
  const other = new MemoryBus(network, { clock });
  const heard: string[] = [];
  const directory = new BridgeDirectory({
    bus,
    clock,
    averageStress: 0.01,
    stressLimit: 0.8,
    listener: {
      onLost: (id, instance, reason) => heard.push(`lost ${id} ${instance} ${reason}`),
      onReturned: (id, instance) => heard.push(`returned ${id} ${instance}`),
      onAppeared: () => undefined,
      onChanged: () => heard.push("changed"),
    },
  });
  const beat = async ({ instance = "i1", healthy = true, draining = false, stress = 0.5 }: State = {}) => {
    other.publish(bridge.heartbeat, { bridge: "b1" }, { bridge: "b1", instance, healthy, draining, stress });
    await clock.advance(0);
  };
  const end = async () => {
    directory[Symbol.dispose]();
    assert.equal(clock.pending, 0);
  };
  return { clock, network, bus, other, heard, directory, beat, end };
}

test("2.5 s without a heartbeat is a loss; the next heartbeat a return", async () => {
  const { clock, heard, directory, beat, end } = open();
  await beat();
  await clock.advance(2_499);
  assert.deepEqual([heard, directory.total], [["changed"], 1]);
  await clock.advance(250);
  assert.deepEqual([heard.at(-1), directory.total], ["lost b1 i1 failure", 0]);
  await beat();
  assert.deepEqual(heard.slice(-2), ["returned b1 i1", "changed"]);
  await end();
});

test("another process under the same name means that the first is lost", async () => {
  const { heard, beat, end } = open();
  await beat();
  await beat({ instance: "i2" });
  assert.deepEqual(heard, ["changed", "lost b1 i1 failure", "changed"]);
  await end();
});

test("one that goes away is lost at once, whatever it still says", async () => {
  const { clock, other, heard, beat, end } = open();
  await beat();
  other.publish(bridge.down, { bridge: "b1" }, { bridge: "b1", instance: "i1" });
  await clock.advance(0);
  await beat({ draining: true });
  assert.deepEqual(heard, ["changed", "lost b1 i1 drain"]);
  await end();
});

test("a request that found nobody there means that it is lost; one that was refused does not", async () => {
  const { clock, other, heard, directory, beat, end } = open();
  await beat();
  const serving = other.serve(bridge.snapshot, () => ({}), { bridge: "b1" });
  const refused = directory.suspect("b1", "i1");
  await clock.advance(10);
  await refused;
  assert.deepEqual(heard, ["changed"]);
  serving.close();
  const unserved = directory.suspect("b1", "i1");
  await clock.advance(10);
  await unserved;
  assert.deepEqual(heard, ["changed", "lost b1 i1 failure"]);
  await end();
});

test("silence proves nothing while NATS is away, nor just after", async () => {
  const { clock, network, bus, heard, beat, end } = open();
  await beat();
  network.disconnect(bus);
  await clock.advance(30_000);
  network.reconnect(bus);
  await clock.advance(4_500);
  assert.deepEqual(heard, ["changed"]);
  await clock.advance(1_000);
  assert.equal(heard.at(-1), "lost b1 i1 failure");
  await end();
});

test("allocations weigh on a bridge until its own figure holds them", async () => {
  const { clock, directory, beat, end } = open();
  await beat();
  for (let count = 0; count < 5; count += 1) directory.noteAllocation("b1");
  assert.ok(Math.abs((directory.views()[0]?.stress ?? 0) - 0.55) < 1e-9);
  for (let second = 0; second < 10; second += 1) {
    await clock.advance(1_000);
    await beat();
  }
  assert.equal(directory.views()[0]?.stress, 0.5);
  await end();
});

test("one that was full and has room again is news", async () => {
  const { heard, beat, end } = open();
  await beat({ stress: 0.9 });
  await beat({ stress: 0.7 });
  assert.deepEqual(heard, ["changed", "changed"]);
  await end();
});

test("one that becomes well is news, one that stays well is none", async () => {
  const { heard, directory, beat, end } = open();
  await beat({ healthy: false });
  assert.deepEqual([directory.total, directory.operational], [1, 0]);
  await beat();
  await beat();
  assert.deepEqual(heard, ["changed", "changed"]);
  await end();
});
