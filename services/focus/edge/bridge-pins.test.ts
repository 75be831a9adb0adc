import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { BridgePins, pinLimits } from "./bridge-pins.ts";

test("a conference is pinned for its time, whatever the case of its address", async () => {
  const clock = new ManualClock(1_000_000);
  const pins = new BridgePins(clock);
  pins.set("Standup@muc.meet.jitsi", "2.3", 10);
  assert.equal(pins.versionFor("standup@muc.meet.jitsi"), "2.3");
  await clock.advance(10 * 60_000);
  assert.equal(pins.versionFor("standup@muc.meet.jitsi"), "");
  assert.deepEqual(pins.list(), []);
});

test("there are so many pins and no more, and one that is there may be changed", () => {
  const pins = new BridgePins(new ManualClock(1_000_000));
  for (let count = 0; count < pinLimits.pins; count += 1) pins.set(`room${count}@muc.meet.jitsi`, "1", 1);
  assert.throws(() => pins.set("another@muc.meet.jitsi", "1", 1), { code: "resource-exhausted" });
  pins.set("room0@muc.meet.jitsi", "2", 1);
  assert.equal(pins.versionFor("room0@muc.meet.jitsi"), "2");
  assert.equal(pins.remove("room0@muc.meet.jitsi"), true);
});
