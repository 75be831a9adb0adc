import assert from "node:assert/strict";
import { test } from "node:test";
import { keyFrameRequestsIn, writeReceiverReport, writeSenderReport } from "./rtcp.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("requests of key frames are found in a compound: PLI, and every entry of a FIR", () => {
  const report = writeReceiverReport(1, [{ ssrc: 5, lost: 2, highestSequence: 70_000 }]);
  const pictureLoss = hex("81ce0002 00000001 000003e9");
  const intraRequest = hex("84ce0006 00000001 00000000 000003ea 01000000 000003eb 02000000");
  assert.deepEqual(keyFrameRequestsIn(Buffer.concat([report, pictureLoss, intraRequest])), [1001, 1002, 1003]);
});

test("a compound that ends too early is read up to there", () => {
  assert.deepEqual(keyFrameRequestsIn(hex("81ce0002 00000001")), []);
  assert.deepEqual(keyFrameRequestsIn(Buffer.alloc(3)), []);
});

test("a sender report holds the time since 1900 and what was sent", () => {
  const report = writeSenderReport({ ssrc: 7, timestamp: 90_000, packets: 3, octets: 600 }, 500);
  assert.equal(report.readUInt32BE(8), 2_208_988_800);
  assert.equal(report.readUInt32BE(12), 2 ** 31);
  assert.deepEqual(
    [16, 20, 24].map((at) => report.readUInt32BE(at)),
    [90_000, 3, 600],
  );
  assert.equal(report.length, (report.readUInt16BE(2) + 1) * 4);
});

test("a receiver report holds at most thirty-one streams", () => {
  const blocks = Array.from({ length: 40 }, (_, index) => ({ ssrc: index, lost: 0, highestSequence: 1 }));
  const report = writeReceiverReport(1, blocks);
  assert.equal((report[0] ?? 0) & 0x1f, 31);
  assert.equal(report.length, 8 + 31 * 24);
});
