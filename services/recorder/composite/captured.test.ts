import assert from "node:assert/strict";
import { test } from "node:test";
import { readCaptured } from "./captured.ts";

const text = (bytes: string) => Buffer.from(bytes).toString("base64");

test("what the page tells is read by kind", () => {
  const bytes = Buffer.from("abc");
  assert.deepEqual(readCaptured(`description 0 ${text("abc")}`), { kind: "description", bytes });
  assert.deepEqual(readCaptured(`key 80000 ${text("abc")}`), { kind: "video", timeUs: 80_000, isKey: true, bytes });
  assert.deepEqual(readCaptured(`delta 120000 ${text("abc")}`), {
    kind: "video",
    timeUs: 120_000,
    isKey: false,
    bytes,
  });
  assert.deepEqual(readCaptured(`sound 10000 44100 ${text("abc")}`), {
    kind: "sound",
    timeUs: 10_000,
    rate: 44_100,
    bytes,
  });
  assert.deepEqual(readCaptured("figures 250 3"), { kind: "figures", frames: 250, dropped: 3 });
  assert.deepEqual(readCaptured(`failed 0 ${text("not there: ö")}`), { kind: "failed", text: "not there: ö" });
});

test("anything else is nothing", () => {
  for (const wrong of ["", "key", "key x AAAA", "key -1 AAAA", "sound 1 7 AAAA", "other 1 AAAA", "figures 1 x"])
    assert.equal(readCaptured(wrong), undefined, wrong);
});
