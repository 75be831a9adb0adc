import assert from "node:assert/strict";
import { test } from "node:test";
import { writeRtp } from "./rtp.ts";
import { deriveKey, profiles, SrtpContext, type SrtpProfile } from "./srtp.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("keys are derived as RFC 3711 B.3 has them", () => {
  const master = { key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: hex("0EC675AD498AFEEBB6960B3AABE6") };
  assert.deepEqual(deriveKey(master, 0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
  assert.deepEqual(deriveKey(master, 2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
  assert.deepEqual(deriveKey(master, 1, 20), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
});

const session = {
  key: hex("000102030405060708090a0b0c0d0e0f"),
  salt: hex("517569642070726f2071756f"),
  authentication: Buffer.alloc(20),
};
const gcm = (): SrtpContext => new SrtpContext("AEAD_AES_128_GCM", session, session);
const plain = hex(
  "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573",
);
const sealed = hex(
  "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
);

test("a packet is sealed and opened as RFC 7714 16.1 has it", () => {
  assert.deepEqual(gcm().sealRtp(plain), sealed);
  assert.deepEqual(gcm().openRtp(sealed), plain);
});

test("blocks of a sealed packet are read without opening it", () => {
  assert.equal(gcm().peekRtp(sealed).toString(), "Gallia est omnis");
  assert.equal(gcm().peekRtp(sealed, 1).toString(), " divisa in parte");
});

function bothWays(profile: SrtpProfile): { readonly sender: SrtpContext; readonly receiver: SrtpContext } {
  const master = { key: Buffer.alloc(profiles[profile].key, 7), salt: Buffer.alloc(profiles[profile].salt, 9) };
  return { sender: SrtpContext.fromMaster(profile, master), receiver: SrtpContext.fromMaster(profile, master) };
}

for (const profile of ["AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80"] as const) {
  test(`${profile}: packets are opened beyond the wrap of the sequence number, some of them late`, () => {
    const { sender, receiver } = bothWays(profile);
    const header = { payloadType: 111, ssrc: 77, timestamp: 1, isMarked: false };
    const packets = [65_533, 65_534, 65_535, 0, 1].map((sequence) =>
      writeRtp({ ...header, sequence }, [{ id: 1, value: Buffer.from([5]) }], Buffer.from(`packet ${sequence}`)),
    );
    const arriving = packets.map((packet) => sender.sealRtp(packet));
    for (const index of [0, 1, 3, 2, 4]) {
      assert.deepEqual(receiver.openRtp(arriving[index] as Buffer), packets[index]);
    }
  });

  test(`${profile}: reports are opened, and nothing that was changed on the way`, () => {
    const { sender, receiver } = bothWays(profile);
    const report = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930");
    sender.sealRtcp(report);
    const sealedReport = sender.sealRtcp(report);
    assert.deepEqual(receiver.openRtcp(sealedReport), report);
    const packet = sender.sealRtp(plain);
    for (const [good, open] of [
      [sealedReport, (bytes: Buffer) => receiver.openRtcp(bytes)],
      [packet, (bytes: Buffer) => receiver.openRtp(bytes)],
    ] as const) {
      const changed = Buffer.from(good);
      changed[20] = (changed[20] ?? 0) ^ 1;
      assert.equal(open(changed), undefined);
    }
    assert.equal(receiver.openRtp(packet.subarray(0, 14)), undefined);
    assert.equal(receiver.openRtcp(packet.subarray(0, 9)), undefined);
  });
}
