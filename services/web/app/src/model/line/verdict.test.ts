import assert from "node:assert/strict";
import { test } from "node:test";
import { type LineFacts, levelOf, qualityOf, settle, troubleOf } from "./verdict.ts";

const fine: LineFacts = { uploadLoss: 0, downloadLoss: 0, rttMs: 30, availableUploadKbps: 3000, heldBack: 0 };

test("a line without losses is good, one that loses much is poor, and between it is in between", () => {
  assert.equal(levelOf(qualityOf(fine)), "good");
  assert.equal(levelOf(qualityOf({ ...fine, downloadLoss: 5 })), "good");
  assert.equal(levelOf(qualityOf({ ...fine, uploadLoss: 9 })), "nonoptimal");
  assert.equal(levelOf(qualityOf({ ...fine, uploadLoss: 20 })), "poor");
  assert.equal(levelOf(qualityOf({ ...fine, rttMs: 700 })), "nonoptimal");
  assert.equal(levelOf(qualityOf({ ...fine, heldBack: 1 })), "nonoptimal");
});

test("the quality never rises with more loss or delay", () => {
  let before = 100;
  for (let loss = 0; loss <= 100; loss++) {
    const now = qualityOf({ ...fine, downloadLoss: loss });
    assert.ok(now <= before);
    before = now;
  }
});

test("the worst thing is named with its figure, and a good line has none", () => {
  assert.equal(troubleOf(fine), undefined);
  assert.deepEqual(troubleOf({ ...fine, downloadLoss: 9 }), { kind: "loss-down", percent: 9 });
  assert.deepEqual(troubleOf({ ...fine, uploadLoss: 9, downloadLoss: 4 }), { kind: "loss-up", percent: 9 });
  assert.deepEqual(troubleOf({ ...fine, heldBack: 2 }), { kind: "narrow-down" });
  assert.deepEqual(troubleOf({ ...fine, availableUploadKbps: 90 }), { kind: "narrow-up", kbps: 90 });
  assert.deepEqual(troubleOf({ ...fine, rttMs: 800 }), { kind: "delay", ms: 800 });
});

test("it falls at once and rises slowly", () => {
  assert.equal(settle(100, 20, 5000), 20);
  assert.equal(settle(20, 100, 5000), 30);
  assert.equal(settle(95, 100, 5000), 100);
  assert.equal(settle(undefined, 60, 5000), 60);
});
