import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { defaultLimits } from "../limits.ts";
import { BreweryMirror, type ContentAt } from "./brewery-mirror.ts";

const { presencesPerInstance, repeatMs } = defaultLimits.breweries;
const waitMs = 1_000 / presencesPerInstance.perSecond;

function mirrored() {
  const clock = new ManualClock(1_000_000);
  const said: string[] = [];
  const mirror = new BreweryMirror({
    clock,
    rules: { presencesPerInstance, repeatMs },
    show: (instance, content) => said.push(`${instance} ${content}`),
    withdraw: (instance) => said.push(`${instance} gone`),
  });
  return { clock, mirror, said };
}

const plain =
  (content: string): ContentAt =>
  () =>
    content;

test("an instance is shown when it comes, when it shows something else and when it goes, and not at each heartbeat", () => {
  const { mirror, said } = mirrored();
  mirror.tell("r1", plain("idle"));
  mirror.tell("r1", plain("idle"));
  mirror.tell("r1", plain("busy"));
  mirror.tell("r2", plain("idle"));
  mirror.tell("r1", undefined);
  mirror.tell("r1", undefined);
  mirror.tell("r1", plain("busy"));
  assert.deepEqual(said, ["r1 idle", "r1 busy", "r2 idle", "r1 gone", "r1 busy"]);
});

test("of changes that come too fast the last is shown, and nothing where all is as it was", async () => {
  const { clock, mirror, said } = mirrored();
  const numbers = [...new Array(30).keys()];
  for (const number of numbers) mirror.tell("b1", plain(`stress ${number}`));
  const atOnce = said.length;
  assert.ok(atOnce <= presencesPerInstance.burst + 1, `${atOnce} at once`);
  await clock.advance(waitMs);
  assert.deepEqual(said.slice(atOnce), ["b1 stress 29"]);
  mirror.tell("b1", plain("stress 30"));
  mirror.tell("b1", plain("stress 29"));
  await clock.advance(waitMs);
  assert.equal(said.length, atOnce + 1);
});

test("what waits to be shown of an instance is not shown once that is gone", async () => {
  const { clock, mirror, said } = mirrored();
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) mirror.tell("b1", plain(`stress ${number}`));
  mirror.tell("b1", undefined);
  await clock.advance(10 * waitMs);
  assert.equal(said.at(-1), "b1 gone");
});

test("who shows a moment is shown again after a while, who shows none is not", async () => {
  const { clock, mirror, said } = mirrored();
  const heartbeat = () => {
    mirror.tell("b1", (atMs) => `at ${atMs}`);
    mirror.tell("r1", plain("idle"));
  };
  heartbeat();
  await clock.advance(repeatMs - 1);
  heartbeat();
  assert.deepEqual(said, ["b1 at 1000000", "r1 idle"]);
  await clock.advance(1);
  heartbeat();
  assert.deepEqual(said.slice(2), [`b1 at ${1_000_000 + repeatMs}`]);
});
