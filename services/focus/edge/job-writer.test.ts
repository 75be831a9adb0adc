import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { JobSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { JobWriter } from "./job-writer.ts";

const of = { room: "r", session: "s" };

async function aWriter(confirm: () => Promise<void> = async () => undefined) {
  const clock = new ManualClock(1_000_000);
  const bus = new MemoryBus(new MemoryNetwork(), { role: "focus", clock });
  const bucket = await bus.bucket(buckets.recordingJobs, JobSchema);
  const troubles: string[] = [];
  const onTrouble = (job: string) => void troubles.push(job);
  const writer = new JobWriter({ bucket, clock, confirmOwnership: confirm, onTrouble });
  const stored = async (job: string) => (await bucket.get(job))?.value.endReason;
  return { clock, bucket, troubles, writer, stored, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
}

test("of a job the newest is what stays, and whoever asked hears when it is stored", async () => {
  await using at = await aWriter();
  const settled: unknown[] = [];
  for (const endReason of ["1", "2", "3"]) {
    at.writer.put("j", of, { job: "j", endReason }, (failure) => settled.push(failure?.code ?? endReason));
  }
  await at.clock.advance(10);
  await at.writer.drained("s");
  assert.deepEqual(settled, ["1", "2", "3"]);
  assert.equal(await at.stored("j"), "3");
});

test("what can't be stored is tried until it can; who asked is told after a while", async () => {
  let isAway = true;
  const away = async () => {
    if (isAway) throw new VecheError("unavailable", "no JetStream");
  };
  await using at = await aWriter(away);
  const settled: unknown[] = [];
  at.writer.put("j", of, { job: "j", endReason: "1" }, (failure) => settled.push(failure?.code));
  await at.clock.advance(4_000);
  assert.deepEqual(settled, []);
  await at.clock.advance(2_500);
  assert.deepEqual(settled, ["unavailable"]);
  isAway = false;
  await at.clock.advance(1_500);
  assert.equal(await at.stored("j"), "1");
  assert.ok(at.troubles.length > 3);
});

test("what belongs to somebody else's room is not stored any more", async () => {
  await using at = await aWriter(async () => {
    throw new VecheError("unavailable", "in doubt");
  });
  const settled: unknown[] = [];
  at.writer.put("j", of, { job: "j", endReason: "1" }, (failure) => settled.push(failure?.code));
  await at.clock.advance(200);
  at.writer.abandon("other");
  assert.ok(at.writer.isBusyWith("j"));
  at.writer.abandon("r");
  await at.writer.drained();
  await at.clock.advance(2_000);
  assert.deepEqual([settled, await at.stored("j")], [["unavailable"], undefined]);
});
