import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Duty } from "./duty.ts";

function stage() {
  const clock = new ManualClock(1_000_000);
  const network = new MemoryNetwork();
  const open = async (instance: string, hostId: string) => {
    const bus = new MemoryBus(network, { clock });
    const heard: string[] = [];
    const duty = await Duty.open({
      bus,
      unit: "main",
      instance,
      hostId,
      clock,
      log: silentLog,
      onTaken: () => heard.push("taken"),
      onLost: () => heard.push("lost"),
    });
    return { bus, duty, heard };
  };
  return { clock, network, open };
}

test("a process on the same host takes over at once, and the one before does not take it back", async () => {
  const { clock, open } = stage();
  const first = await open("i1", "here");
  const second = await open("i2", "here");
  await clock.advance(60_000);
  assert.deepEqual([first.heard, second.heard], [["taken", "lost"], ["taken"]]);
  assert.deepEqual([first.duty.isOn, second.duty.isOn], [false, true]);
});

test("one on another host stands by until the lease is given back", async () => {
  const { clock, open } = stage();
  const first = await open("i1", "here");
  const second = await open("i2", "there");
  await clock.advance(60_000);
  assert.deepEqual(second.heard, []);
  await first.duty[Symbol.asyncDispose]();
  await clock.advance(10);
  assert.deepEqual(second.heard, ["taken"]);
});

test("one that was out of reach for longer than its lease finds out and lets go", async () => {
  const { clock, network, open } = stage();
  const first = await open("i1", "here");
  const second = await open("i2", "there");
  assert.equal(first.duty.isSure, true);
  network.disconnect(first.bus);
  await clock.advance(16_500);
  assert.deepEqual([first.duty.isOn, first.duty.isSure, second.duty.isSure], [true, false, true]);
  assert.deepEqual(second.heard, ["taken"]);
  network.reconnect(first.bus);
  await clock.advance(2_000);
  assert.deepEqual(first.heard, ["taken", "lost"]);
});
