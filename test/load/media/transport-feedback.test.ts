import assert from "node:assert/strict";
import { test } from "node:test";
import { Arrivals } from "./transport-feedback.ts";

function report(arrivals: readonly (readonly [sequence: number, atMs: number])[]): Buffer {
  const seen = new Arrivals();
  for (const [sequence, atMs] of arrivals) seen.add(sequence, atMs);
  return seen.report(1, 2) ?? Buffer.alloc(0);
}

test("a report says of each packet since the first whether it came, and how long after the one before", () => {
  const found = report([
    [10, 6_400],
    [11, 6_401],
    [13, 6_501],
  ]);
  assert.equal(found.readUInt16BE(12), 10, "first");
  assert.equal(found.readUInt16BE(14), 4, "packets");
  assert.equal(found.readUIntBE(16, 3), 100, "reference, in steps of 64 ms");
  // Small, small, lost, large (more than 63.75 ms), each in two bits behind the mark of such a chunk.
  assert.equal(found.readUInt16BE(20), 0b11_01_01_00_10_000000);
  assert.deepEqual([...found.subarray(22, 26)], [0, 4, 0x01, 0x90]);
  assert.equal(found.length, (found.readUInt16BE(2) + 1) * 4);
});

test("the next report begins where the last ended, also over the wrap", () => {
  const seen = new Arrivals();
  seen.add(65_534, 0);
  seen.add(65_535, 1);
  assert.equal(seen.report(1, 2)?.readUInt16BE(14), 2);
  assert.equal(seen.report(1, 2), undefined);
  seen.add(1, 20);
  const next = seen.report(1, 2);
  assert.equal(next?.readUInt16BE(12), 0);
  assert.equal(next?.readUInt16BE(14), 2);
});
