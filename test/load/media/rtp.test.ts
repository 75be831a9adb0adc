import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionOf, headerBytes, payloadTypeOf, sequenceOf, ssrcOf, timestampOf, writeRtp } from "./rtp.ts";

const header = { payloadType: 111, ssrc: 0xfedc_ba98, sequence: 65_536 + 7, timestamp: 2 ** 32 + 9, isMarked: true };

test("what was written is read: numbers that wrapped, and extensions by their id", () => {
  const level = { id: 1, value: Buffer.from([0x85]) };
  const sequence = { id: 5, value: Buffer.from([0x12, 0x34]) };
  const packet = writeRtp(header, [level, sequence], Buffer.from("payload"));
  assert.equal(ssrcOf(packet), 0xfedc_ba98);
  assert.equal(sequenceOf(packet), 7);
  assert.equal(timestampOf(packet), 9);
  assert.equal(payloadTypeOf(packet), 111);
  assert.deepEqual(extensionOf(packet, 1), level.value);
  assert.deepEqual(extensionOf(packet, 5), sequence.value);
  assert.equal(extensionOf(packet, 3), undefined);
  assert.equal(packet.subarray(headerBytes(packet)).toString(), "payload");
});

test("a packet without extensions has none, and twelve bytes before its payload", () => {
  const packet = writeRtp(header, [], Buffer.from("payload"));
  assert.equal(headerBytes(packet), 12);
  assert.equal(extensionOf(packet, 1), undefined);
});
