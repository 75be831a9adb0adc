import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { DiskWatch } from "./disk-watch.ts";

test("each change of level is told once; a volume that can't be looked at is a problem", async () => {
  const clock = new ManualClock();
  let free: number | Error = 10_000;
  let unfinished: readonly number[] = [];
  const told: unknown[] = [];
  using watch = new DiskWatch({
    rules: { warnBytes: 5_000, minBytes: 2_000 },
    clock,
    log: silentLog,
    free: async () => {
      if (free instanceof Error) throw free;
      return free;
    },
    unfinished: () => unfinished,
    onLevel: (level, freeBytes) => told.push([level, freeBytes]),
  });
  await watch.start();
  assert.deepEqual(told, []);
  for (const value of [4_000, 3_900, 1_000, 900, 4_000, 20_000]) {
    free = value;
    await clock.advance(1_000);
  }
  assert.deepEqual(told, [
    ["low", 4_000],
    ["full", 1_000],
    ["low", 4_000],
    ["good", 20_000],
  ]);
  unfinished = [19_000];
  await clock.advance(1_000);
  assert.equal(watch.level, "full");
  assert.equal(watch.reserveBytes, 21_000);
  free = new Error("gone");
  await clock.advance(1_000);
  assert.match(watch.problem ?? "", /can't be looked at/);
  assert.equal(watch.level, "full");
});
