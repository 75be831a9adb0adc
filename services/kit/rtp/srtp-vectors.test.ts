/** Vectors of RFC 3711 appendix B and RFC 7714 16, 17. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { counterMode } from "./counter-mode.ts";
import { galoisCounterMode } from "./galois-counter-mode.ts";
import { SrtpReader, SrtpWriter } from "./srtp.ts";
import { deriveKeys } from "./srtp-keys.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const counting = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => at));
const none = { key: Buffer.alloc(0), salt: Buffer.alloc(0), auth: Buffer.alloc(0) };

test("session keys of AES-CM are derived as in RFC 3711 B.3", () => {
  const master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
  const { key, salt, auth } = deriveKeys("AES_CM_128_HMAC_SHA1_80", master, "rtp");
  assert.equal(key.toString("hex"), "c61e7a93744f39ee10734afe3ff7a087");
  assert.equal(salt.toString("hex"), "30cbbc08863d8c85d49db34a9ae1");
  assert.equal(auth.toString("hex"), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
});

test("the key stream of AES-CM is that of RFC 3711 B.2", () => {
  const keys = {
    key: hex("2B7E151628AED2A6ABF7158809CF4F3C"),
    salt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
    auth: Buffer.alloc(20),
  };
  const sealed = counterMode(10, keys, none).sealRtp(Buffer.alloc(12), Buffer.alloc(48), 0, 0);
  assert.equal(
    sealed.subarray(12, 60).toString("hex").toUpperCase(),
    "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0",
  );
});

for (const [keyBytes, sealed] of [
  [
    16,
    `f24de3a3fb34de6cacba861c9d7e4bca be633bd50d294e6f42a5f47a51c7d19b36de3adf8833
     899d7f27beb16a9152cf765ee4390cce`,
  ],
  [
    32,
    `32b1de78a822fe12ef9f78fa332e33aa b18012389a58e2f3b50b2a0276ffae0f1ba63799b87b
     7aa3db36dfffd6b0f9bb7878d7a76c13`,
  ],
] as const)
  test(`a packet of AES-GCM with a key of ${keyBytes * 8} bits is sealed as in RFC 7714 16`, () => {
    const keys = { key: counting(keyBytes), salt: hex("517569642070726f2071756f"), auth: Buffer.alloc(0) };
    const sealing = galoisCounterMode(keyBytes, keys, none);
    const header = hex("8040f17b 8041f8d3 5501a0b2");
    const payload = Buffer.from("Gallia est omnis divisa in partes tres");
    const packet = sealing.sealRtp(header, payload, 0x5501a0b2, 0xf17b);
    assert.equal(packet.subarray(12).toString("hex"), hex(sealed).toString("hex"));
    assert.deepEqual(sealing.openRtp(packet, 12, 0x5501a0b2, 0xf17b), payload);
  });

test("a report of AES-GCM is sealed as in RFC 7714 17", () => {
  const keys = { key: counting(16), salt: hex("517569642070726f2071756f"), auth: Buffer.alloc(0) };
  const sealing = galoisCounterMode(16, none, keys);
  const report = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
    deadbeef deadbeef deadbeef deadbeef deadbeef`);
  const sealed = sealing.sealRtcp(report, 0x5d4);
  assert.equal(
    sealed.toString("hex"),
    hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
      4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`).toString("hex"),
  );
  assert.deepEqual(sealing.openRtcp(sealed), { packet: report, index: 0x5d4 });
});

test("a packet of AES_CM_128_HMAC_SHA1_80 is the one that other implementations test with", () => {
  const master = hex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");
  const header = hex("800f1234 decafbad cafebabe");
  const packet = new SrtpWriter("AES_CM_128_HMAC_SHA1_80", master).writeRtp(header, Buffer.alloc(16, 0xab));
  assert.equal(packet.toString("hex"), "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
  assert.equal(new SrtpReader("AES_CM_128_HMAC_SHA1_80", master).readRtp(packet)?.payload.length, 16);
});
