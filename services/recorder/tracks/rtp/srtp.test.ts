import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { missing, pictureLoss, receiverReport } from "./rtcp.ts";
import { rtpKeys, SrtcpWriter, SrtpReader, srtpKeyBytes } from "./srtp.ts";

const master = randomBytes(srtpKeyBytes);

/** RFC 7714 8, 9.1: as a sender does it; `rollover`: how often its numbers have begun again. */
function seal(sequence: number, rollover: number, payload = Buffer.from("hello")): Buffer {
  const { key, salt } = rtpKeys(master);
  const header = Buffer.from([0x80, 111, 0, 0, 0, 0, 0, 9, 0, 0, 0, 7]);
  header.writeUInt16BE(sequence, 2);
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(7, 2);
  iv.writeUInt32BE(rollover, 6);
  iv.writeUInt16BE(sequence, 10);
  const cipher = createCipheriv(
    "aes-256-gcm",
    key,
    iv.map((byte, at) => byte ^ (salt[at] ?? 0)),
    { authTagLength: 16 },
  );
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
}

test("the keys are those of RFC 3711's derivation: two of one master differ, and masters differ", () => {
  const { key, salt } = rtpKeys(master);
  assert.deepEqual([key.length, salt.length], [32, 12]);
  assert.notDeepEqual(key, rtpKeys(randomBytes(srtpKeyBytes)).key);
});

test("a packet is read once, also late, and after its numbers began again", () => {
  const reader = new SrtpReader(master);
  const read = (sequence: number, rollover: number) => reader.readRtp(seal(sequence, rollover))?.payload.toString();
  assert.equal(read(65_534, 0), "hello");
  assert.equal(read(1, 1), "hello");
  assert.equal(read(65_535, 0), "hello");
  assert.equal(read(65_535, 0), undefined, "seen before");
  assert.equal(read(1, 1), undefined);
  assert.equal(read(3, 0), undefined, "sealed for another round of numbers");
  assert.equal(read(600, 1), "hello");
  assert.equal(read(2, 1), undefined, "older than is remembered");
});

test("what is spoilt anywhere, cut or sealed with another key is not read", () => {
  const packet = seal(5, 0);
  const reader = new SrtpReader(master);
  for (let at = 0; at < packet.length; at += 1) {
    const spoilt = Buffer.from(packet);
    spoilt[at] = (packet[at] ?? 0) ^ 1;
    assert.equal(reader.readRtp(spoilt), undefined, `byte ${at}`);
    assert.equal(reader.readRtp(packet.subarray(0, at)), undefined, `${at} bytes`);
  }
  assert.equal(new SrtpReader(randomBytes(srtpKeyBytes)).readRtp(packet), undefined);
  assert.equal(reader.readRtp(packet)?.sequence, 5);
});

test("reports come through, sealed", () => {
  const writer = new SrtcpWriter(master);
  const reader = new SrtpReader(master);
  const report = { ssrc: 9, fractionLost: 3, lost: 70_000, highest: 65_540, lastReport: 1, delay: 2 };
  for (const packet of [pictureLoss(9), missing(9, [5, 6, 21, 22, 65_535]), receiverReport([report])]) {
    const sealed = writer.write(packet);
    assert.deepEqual(reader.readRtcp(sealed), packet);
    sealed[12] = (sealed[12] ?? 0) ^ 1;
    assert.equal(reader.readRtcp(sealed), undefined);
  }
});

test("numbers of missing packets are put together where they are near", () => {
  const packet = missing(9, [5, 6, 21, 22, 65_535]);
  assert.deepEqual(
    [0, 4, 8].map((at) => packet.readUInt32BE(12 + at)),
    [(5 << 16) | 0x8001, 22 << 16, 0xffff0000],
  );
});
