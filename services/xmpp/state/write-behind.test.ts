import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { type StateInit, type Stored, WriteBehind } from "./write-behind.ts";

async function aStore() {
  const network = new MemoryNetwork();
  const bus = new MemoryBus(network);
  const bucket = await bus.bucket(buckets.xmppState, StateRecordSchema);
  let writes = 0;
  const counted = {
    ...bucket,
    put: (key: string, value: StateInit) => {
      writes++;
      return bucket.put(key, value);
    },
    update: (key: string, value: StateInit, revision: number) => {
      writes++;
      return bucket.update(key, value, revision);
    },
    delete: (key: string) => bucket.delete(key),
  };
  const clock = new ManualClock();
  const duty = {
    isSure: true,
    sure: () => Promise.resolve(),
    confirm: () => (duty.isSure ? Promise.resolve() : Promise.reject(new VecheError("unavailable", "off duty"))),
  };
  const writeBehind = new WriteBehind(counted as typeof bucket, clock, silentLog, duty);
  const subject = async (key: string) => {
    const { record } = (await bucket.get(key))?.value ?? { record: { case: undefined } };
    return record.case === "room" ? record.value.subject : undefined;
  };
  return { network, bus, bucket, clock, duty, writeBehind, subject, writes: () => writes };
}

function room(key: string, subject: () => string | undefined, written?: () => void): Stored {
  const render = (): StateInit | undefined => {
    const value = subject();
    return value === undefined ? undefined : { record: { case: "room", value: { subject: value } } };
  };
  return written ? { key, render, written } : { key, render };
}

test("many changes of a record cost one write, of its newest state", async () => {
  const { clock, writeBehind, subject, writes } = await aStore();
  let value = 0;
  const stored = room("r", () => String(value));
  for (; value < 100; value++) writeBehind.mark(stored, "soon");
  await clock.advance(50);
  assert.equal(await subject("r"), "100");
  assert.equal(writes(), 1);
});

test("what is urgent overtakes what is not", async () => {
  const { clock, writeBehind, subject } = await aStore();
  const stored = room("r", () => "x");
  writeBehind.mark(stored, "lazily");
  await clock.advance(1_000);
  assert.equal(await subject("r"), undefined);
  writeBehind.mark(stored, "soon");
  await clock.advance(50);
  assert.equal(await subject("r"), "x");
});

test("now is before anything else happens", async () => {
  const { writeBehind, network, subject } = await aStore();
  writeBehind.mark(
    room("r", () => "x"),
    "now",
  );
  await network.idle();
  assert.equal(await subject("r"), "x");
});

test("a record that is gone is removed", async () => {
  const { clock, writeBehind, subject } = await aStore();
  let value: string | undefined = "x";
  const stored = room("r", () => value);
  writeBehind.mark(stored, "soon");
  await clock.advance(50);
  value = undefined;
  writeBehind.mark(stored, "soon");
  await clock.advance(50);
  assert.equal(await subject("r"), undefined);
});

test("while the bucket is out of reach nothing is lost, and nobody is told that it is safe", async () => {
  const { clock, writeBehind, subject, network, bus } = await aStore();
  let safe = 0;
  network.disconnect(bus);
  writeBehind.mark(
    room(
      "r",
      () => "x",
      () => safe++,
    ),
    "soon",
  );
  await clock.advance(1_000);
  assert.equal(safe, 0);
  network.reconnect(bus);
  await clock.advance(6_000);
  assert.equal(await subject("r"), "x");
  assert.equal(safe, 1);
});

test("closing writes what is left", async () => {
  const { writeBehind, subject } = await aStore();
  writeBehind.mark(
    room("r", () => "x"),
    "lazily",
  );
  await writeBehind.close();
  assert.equal(await subject("r"), "x");
});

test("more records than may be under way at once are all written", async () => {
  const { clock, writeBehind, subject } = await aStore();
  for (let number = 0; number < 500; number++)
    writeBehind.mark(
      room(`r${number}`, () => String(number)),
      "now",
    );
  await clock.advance(100);
  for (const number of [0, 63, 64, 499]) assert.equal(await subject(`r${number}`), String(number));
  assert.equal(writeBehind.pending, 0);
});

test("what a successor has written is not overwritten; what merely vanished is written again", async () => {
  const { bucket, clock, duty, writeBehind, subject } = await aStore();
  const ours = room("r", () => "ours");
  await writeBehind.flush(ours, 1_000);
  await bucket.put("r", { record: { case: "room", value: { subject: "the successor's" } } });
  duty.isSure = false;
  writeBehind.mark(ours, "now");
  await clock.advance(1_000);
  assert.equal(await subject("r"), "the successor's");
  assert.ok(writeBehind.failures > 0);
  duty.isSure = true;
  await clock.advance(1_000);
  assert.equal(await subject("r"), "ours", "it was on duty all the time");
});
