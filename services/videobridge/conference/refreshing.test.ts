import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { Refreshing, refreshRate } from "./refreshing.ts";

function open(receivers = 1) {
  const clock = new ManualClock(1_000);
  const decided: string[][] = [];
  const refreshing = new Refreshing<{ readonly id: string }>(clock, { size: receivers }, (some) =>
    decided.push(some.map(({ id }) => id)),
  );
  return { clock, decided, refreshing };
}

const [anna, boris] = [{ id: "anna" }, { id: "boris" }];

test("many reasons in one turn count once, and at once", async () => {
  const { refreshing, decided } = open();
  for (const one of [anna, boris, anna, boris]) refreshing.touch(one);
  assert.deepEqual(decided, []);
  await Promise.resolve();
  assert.deepEqual(decided, [["anna", "boris"]]);
});

for (const receivers of [1, 30, 100, 500])
  test(`of ${receivers}: a burst of reasons is decided at once so often, then as often as the rate allows, and at its end`, async () => {
    const { clock, refreshing, decided } = open(receivers);
    for (let ms = 0; ms < 2_000; ms += 5) {
      refreshing.touch(anna);
      await clock.advance(5);
    }
    const { burst, perSecond } = refreshRate(receivers);
    const most = burst + 2 * perSecond;
    assert.ok(decided.length >= most - 2 && decided.length <= most + 1, `${decided.length} times`);
    await clock.advance(1_000);
    assert.equal(clock.pending, 0);
  });

test("many receivers share what thirty may have, and each has two turns a second at least", () => {
  assert.deepEqual([1, 30, 60, 100, 150, 500].map(refreshRate), [
    { perSecond: 10, burst: 8 },
    { perSecond: 10, burst: 8 },
    { perSecond: 5, burst: 4 },
    { perSecond: 3, burst: 2.4 },
    { perSecond: 2, burst: 2 },
    { perSecond: 2, burst: 2 },
  ]);
});

test("who comes into a burst of others is decided for at once", async () => {
  const { refreshing, decided } = await burst();
  refreshing.touch(anna);
  refreshing.touch(boris);
  await Promise.resolve();
  assert.deepEqual(decided.at(-1), ["boris"]);
});

test("nothing is decided any more once it is closed", async () => {
  const { clock, refreshing, decided } = await burst();
  refreshing.touch(anna);
  refreshing.touch(boris);
  refreshing.close();
  await clock.advance(1_000);
  assert.equal(decided.length, refreshRate(1).burst);
  assert.equal(clock.pending, 0);
});

async function burst() {
  const opened = open();
  for (let turn = 0; turn < refreshRate(1).burst; turn += 1) {
    opened.refreshing.touch(anna);
    await Promise.resolve();
  }
  return opened;
}
