import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { counterMode } from "./counter-mode.ts";
import { galoisCounterMode } from "./galois-counter-mode.ts";
import { writeHeader } from "./packet.ts";
import { missing, pictureLoss, receiverReport } from "./rtcp.ts";
import { SrtpReader, SrtpWriter } from "./srtp.ts";
import { deriveKeys, masterBytes, type SrtpSuite, srtpSuites } from "./srtp-keys.ts";

const ssrc = 7;
const hello = Buffer.from("hello");

for (const suite of Object.keys(srtpSuites) as SrtpSuite[]) {
  const { authBytes, keyBytes, tagBytes } = srtpSuites[suite];
  const master = randomBytes(masterBytes(suite));
  const keys = [deriveKeys(suite, master, "rtp"), deriveKeys(suite, master, "rtcp")] as const;
  const sealing = authBytes === 0 ? galoisCounterMode(keyBytes, ...keys) : counterMode(tagBytes, ...keys);

  /** `rollover`: how often the numbers have begun again. */
  const seal = (sequence: number, rollover: number, payload = hello): Buffer => {
    const header = writeHeader({ payloadType: 111, marker: false, sequence, timestamp: 9, ssrc });
    return sealing.sealRtp(header, payload, ssrc, rollover * 0x10000 + sequence);
  };

  test(`${suite}: a packet is read once, also late, and after its numbers began again`, () => {
    const reader = new SrtpReader(suite, master);
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

  test(`${suite}: what is written is read, and numbers begin again on both sides`, () => {
    const writer = new SrtpWriter(suite, master);
    const reader = new SrtpReader(suite, master);
    for (let at = 65_500; at < 65_600; at += 1) {
      const header = writeHeader({ payloadType: 0, marker: false, sequence: at & 0xffff, timestamp: at, ssrc });
      assert.deepEqual(reader.readRtp(writer.writeRtp(header, hello))?.payload, hello);
    }
  });

  test(`${suite}: a stream that was passed over can be read after its numbers began again`, () => {
    const reader = new SrtpReader(suite, master);
    for (let at = 0; at < 3 * 0x10000; at += 1_000) reader.passOver(seal(at & 0xffff, at >> 16));
    assert.deepEqual(reader.readRtp(seal(5, 3))?.payload, hello);
  });

  test(`${suite}: what is spoilt anywhere, cut or sealed with another key is not read`, () => {
    const packet = seal(5, 0);
    const reader = new SrtpReader(suite, master);
    for (let at = 0; at < packet.length; at += 1) {
      const spoilt = Buffer.from(packet);
      spoilt[at] = (packet[at] ?? 0) ^ 1;
      assert.equal(reader.readRtp(spoilt), undefined, `byte ${at}`);
      assert.equal(reader.readRtp(packet.subarray(0, at)), undefined, `${at} bytes`);
    }
    assert.equal(new SrtpReader(suite, randomBytes(masterBytes(suite))).readRtp(packet), undefined);
    assert.equal(reader.readRtp(packet)?.sequence, 5);
  });

  test(`${suite}: reports come through, sealed, each once`, () => {
    const writer = new SrtpWriter(suite, master);
    const reader = new SrtpReader(suite, master);
    const report = { ssrc: 9, fractionLost: 3, lost: 70_000, highest: 65_540, lastReport: 1, delay: 2 };
    for (const packet of [pictureLoss(9), missing(9, [5, 6, 21, 22, 65_535]), receiverReport([report])]) {
      const sealed = writer.writeRtcp(packet);
      const spoilt = Buffer.from(sealed);
      spoilt[12] = (sealed[12] ?? 0) ^ 1;
      assert.equal(reader.readRtcp(spoilt), undefined);
      for (let at = 0; at < sealed.length; at += 1) assert.equal(reader.readRtcp(sealed.subarray(0, at)), undefined);
      assert.deepEqual(reader.readRtcp(sealed), packet);
      assert.equal(reader.readRtcp(sealed), undefined, "seen before");
    }
  });

  test(`${suite}: a key of another length is refused`, () => {
    assert.throws(() => new SrtpReader(suite, master.subarray(1)), /expected \d+ bytes/);
  });
}
