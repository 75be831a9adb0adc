import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { DutySchema } from "@veche/proto/gen/veche/signalling/v1/duty_pb.ts";
import { type BucketContract, buckets } from "@veche/proto/storage.ts";
import type { Bucket } from "./bus.ts";
import { ManualClock } from "./clock.ts";
import { Duty } from "./duty.ts";
import { silentLog } from "./log.ts";
import { MemoryBus, MemoryNetwork } from "./memory-bus.ts";

/** One whose updates are done at once, and whose answers may be long on their way. */
class LateBus extends MemoryBus {
  answers = Promise.resolve();

  override async bucket<M extends DescMessage>(contract: BucketContract, schema: M): Promise<Bucket<M>> {
    const bucket = await super.bucket(contract, schema);
    const update = bucket.update.bind(bucket);
    bucket.update = async (key, value, revision) => {
      const updated = await update(key, value, revision);
      await this.answers;
      return updated;
    };
    return bucket;
  }
}

function stage() {
  const clock = new ManualClock(1_000_000);
  const network = new MemoryNetwork();
  const open = async (instance: string, hostId: string, role: "xmpp" | "focus" = "focus") => {
    const bus = new LateBus(network, { clock });
    const heard: string[] = [];
    const duty = await Duty.open({
      bus,
      unit: "main",
      role,
      instance,
      hostId,
      origin: `http://${hostId}:1`,
      clock,
      log: silentLog,
      onTaken: () => heard.push("taken"),
      onLost: () => heard.push("lost"),
    });
    /** As kill -9, or a lost host. */
    const die = () => {
      duty.stop();
      network.disconnect(bus);
    };
    return { bus, duty, heard, die };
  };
  /** Both roles of a host. */
  const openHost = async (hostId: string) => ({
    xmpp: await open(`xmpp-${hostId}`, hostId, "xmpp"),
    focus: await open(`focus-${hostId}`, hostId),
  });
  return { clock, network, open, openHost };
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
  await first.duty.giveBack();
  await clock.advance(10);
  assert.deepEqual(second.heard, ["taken"]);
});

test("one that was out of reach for longer than its lease finds out and lets go", async () => {
  const { clock, network, open } = stage();
  const first = await open("i1", "here");
  const second = await open("i2", "there");
  await clock.advance(1_000);
  assert.equal(first.duty.isSure, true);
  network.disconnect(first.bus);
  await clock.advance(5_000);
  assert.equal(first.duty.isSure, false, "before the other may take it");
  await clock.advance(2_000);
  assert.deepEqual([first.duty.isOn, first.duty.isSure, second.duty.isSure], [true, false, true]);
  assert.deepEqual(second.heard, ["taken"]);
  await assert.rejects(Promise.all([first.duty.sure(500), clock.advance(1_000)]), /is not on duty here/);
  network.reconnect(first.bus);
  await clock.advance(2_000);
  assert.deepEqual(first.heard, ["taken", "lost"]);
});

test("while there is no other host, NATS may be away for as long as it likes", async () => {
  const { clock, network, open } = stage();
  const only = await open("i1", "here");
  network.disconnect(only.bus);
  await clock.advance(60_000);
  assert.equal(only.duty.isSure, true);
});

test("a lost host is followed by the other, xmpp and focus together", async () => {
  const { clock, openHost } = stage();
  const here = await openHost("here");
  const there = await openHost("there");
  await clock.advance(10_000);
  for (const { die } of [here.xmpp, here.focus]) die();
  await clock.advance(4_000);
  assert.deepEqual([there.xmpp.heard, there.focus.heard], [[], []]);
  await clock.advance(4_000);
  assert.deepEqual([there.xmpp.heard, there.focus.heard], [["taken"], ["taken"]]);
});

test("a process that is restarted does not move the unit, one that does not come back does", async () => {
  const { clock, open, openHost } = stage();
  const here = await openHost("here");
  const there = await openHost("there");
  await clock.advance(10_000);
  here.xmpp.die();
  await clock.advance(15_000);
  const again = await open("xmpp-again", "here", "xmpp");
  assert.deepEqual([again.heard, there.xmpp.heard, there.focus.heard], [["taken"], [], []]);
  await clock.advance(10_000);
  again.die();
  await clock.advance(23_000);
  assert.deepEqual([there.xmpp.heard, there.focus.heard], [["taken"], ["taken"]]);
  assert.deepEqual(here.focus.heard, ["taken", "lost"], "the focus follows the xmpp");
});

test("a focus that is restarted does not move, and comes back to where the xmpp is", async () => {
  const { clock, open, openHost } = stage();
  const here = await openHost("here");
  const there = await openHost("there");
  await clock.advance(10_000);
  await here.focus.duty.giveBack();
  here.focus.die();
  await clock.advance(15_000);
  assert.deepEqual(there.focus.heard, []);
  await clock.advance(15_000);
  assert.deepEqual(there.focus.heard, ["taken"], "it did not come back");
  const again = await open("focus-again", "here");
  await clock.advance(2_000);
  assert.deepEqual([again.heard, there.focus.heard], [["taken"], ["taken", "lost"]]);
});

test("a focus that stood still neither takes back nor gives away what is another's by now", async () => {
  const { clock, openHost } = stage();
  const here = await openHost("here");
  const there = await openHost("there");
  await clock.advance(10_000);
  const late = Promise.withResolvers<void>();
  here.focus.bus.answers = late.promise;
  here.xmpp.die();
  await clock.advance(9_000);
  assert.deepEqual([there.xmpp.heard, there.focus.heard], [["taken"], ["taken"]]);
  assert.deepEqual(here.focus.heard, ["taken", "lost"], "it heard that the xmpp has moved");
  here.focus.bus.answers = Promise.resolve();
  late.resolve();
  await clock.advance(100);
  assert.deepEqual([there.focus.duty.isSure, there.focus.heard], [true, ["taken"]]);
  await clock.advance(10_000);
  assert.deepEqual(here.focus.heard, ["taken", "lost"]);
  assert.deepEqual([here.focus.duty.isOn, there.focus.duty.isOn, there.focus.heard], [false, true, ["taken"]]);
});

test("the lease of another is not deleted by who yields late", async () => {
  const { clock, network, openHost } = stage();
  const here = await openHost("here");
  const there = await openHost("there");
  await clock.advance(10_000);
  network.disconnect(here.focus.bus);
  here.xmpp.die();
  await clock.advance(9_000);
  assert.deepEqual(there.focus.heard, ["taken"]);
  const removed: string[] = [];
  const bucket = await there.focus.bus.bucket(buckets.units, DutySchema);
  const watching = await bucket.watch(({ key, value }) => void (value === undefined && removed.push(key)));
  network.reconnect(here.focus.bus);
  await clock.advance(5_000);
  watching.close();
  assert.deepEqual([here.focus.heard, there.focus.heard, removed], [["taken", "lost"], ["taken"], []]);
});
