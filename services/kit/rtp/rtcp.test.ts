import assert from "node:assert/strict";
import { test } from "node:test";
import { isRtcp, readAudioLevel, writeHeader } from "./packet.ts";
import {
  goodbye,
  missing,
  receiverReport,
  receptionReports,
  senderReport,
  senderReports,
  sourceDescription,
} from "./rtcp.ts";

const header = { payloadType: 111, marker: true, sequence: 1, timestamp: 2, ssrc: 3 };
const report = { ssrc: 9, fractionLost: 64, lost: 7, jitter: 5, highest: 100, lastReport: 1, delay: 2 };

test("numbers of missing packets are put together where they are near", () => {
  const packet = missing(9, [5, 6, 21, 22, 65_535]);
  assert.deepEqual(
    [0, 4, 8].map((at) => packet.readUInt32BE(12 + at)),
    [(5 << 16) | 0x8001, 22 << 16, 0xffff0000],
  );
});

test("a compound packet is read report by report", () => {
  const sent = { ssrc: 3, timeMs: 1_000_000_000_500, timestamp: 48_000, packets: 50, bytes: 4_000 };
  const compound = Buffer.concat([senderReport(sent, [report]), sourceDescription(3, "veche"), goodbye(3)]);
  assert.equal(compound.length % 4, 0);
  assert.ok(isRtcp(compound));
  assert.deepEqual(
    [...senderReports(compound)],
    [{ ssrc: 3, time: ((((1_000_000_000 + 2_208_988_800) % 0x10000) << 16) >>> 0) + 0x8000 }],
  );
  assert.deepEqual([...receptionReports(compound)], [{ ssrc: 9, fractionLost: 64 }]);
  assert.deepEqual([...receptionReports(receiverReport([report, report], 3))].length, 2);
  for (let at = 0; at < compound.length; at += 1) {
    const cut = compound.subarray(0, at);
    assert.ok([...receptionReports(cut), ...senderReports(cut)].length <= 2);
  }
});

test("a voice says how loud it is, beside other extensions and padding", () => {
  for (const level of [0, 30, 127])
    assert.equal(readAudioLevel(writeHeader(header, { id: 4, level, isVoice: true }), 4), level);
  assert.equal(readAudioLevel(writeHeader(header), 4), undefined);
  assert.equal(readAudioLevel(writeHeader(header, { id: 4, level: 3, isVoice: true }), 5), undefined);
  const others = Buffer.concat([writeHeader(header), Buffer.from([0xbe, 0xde, 0, 2, 0x31, 1, 2, 0, 0, 0x40, 0x85, 0])]);
  others.writeUInt8(0x90, 0);
  assert.equal(readAudioLevel(others, 4), 5);
});
