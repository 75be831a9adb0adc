import assert from "node:assert/strict";
import { test } from "node:test";
import { nobodySpoke, serverTold, speakerChanged, spokenMs } from "./talk-time.ts";

test("time runs for the dominant speaker until another is", () => {
  let time = speakerChanged(nobodySpoke, "a", 1000);
  assert.equal(spokenMs(time, "a", 3000), 2000);
  time = speakerChanged(time, "b", 4000);
  time = speakerChanged(time, "a", 5000);
  assert.equal(spokenMs(time, "a", 6500), 4500);
  assert.equal(spokenMs(time, "b", 6500), 1000);
  assert.equal(spokenMs(time, "c", 6500), 0);
});

test("what the server has counted replaces our own count, and time goes on from there", () => {
  const time = serverTold(
    speakerChanged(nobodySpoke, "a", 0),
    [
      ["a", 60_000],
      ["b", 10_000],
    ],
    1000,
  );
  assert.equal(spokenMs(time, "a", 3000), 62_000);
  assert.equal(spokenMs(time, "b", 3000), 10_000);
});

test("silence counts for nobody", () => {
  const time = speakerChanged(speakerChanged(nobodySpoke, "a", 0), undefined, 500);
  assert.equal(spokenMs(time, "a", 9000), 500);
});
