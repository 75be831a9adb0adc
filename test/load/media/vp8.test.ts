import assert from "node:assert/strict";
import { test } from "node:test";
import { keyFrameHeightIn, Vp8Encoder } from "./vp8.ts";

test("frames have the size of their bit rate, and a key frame says its height", () => {
  const encoder = new Vp8Encoder(720, 1_600_000, 30);
  const key = encoder.encode(true);
  assert.equal(keyFrameHeightIn(key[0] ?? Buffer.alloc(0)), 720);
  assert.equal(keyFrameHeightIn(key[1] ?? Buffer.alloc(0)), undefined, "only its first packet begins it");
  const frames = Array.from({ length: 30 }, () => encoder.encode(false));
  for (const [first] of frames) assert.equal(keyFrameHeightIn(first ?? Buffer.alloc(0)), undefined);
  const bits = frames.flat().reduce((sum, { length }) => sum + length * 8, 0);
  assert.ok(Math.abs(bits / 1_600_000 - 1) < 0.05, `${bits} bits in a second`);
});

test("pictures are numbered, and of three temporal layers", () => {
  const encoder = new Vp8Encoder(180, 150_000, 30);
  const firsts = Array.from({ length: 4 }, () => encoder.encode(false)[0] ?? Buffer.alloc(0));
  assert.deepEqual(
    firsts.map((payload) => payload.readUInt16BE(2) & 0x7fff),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    firsts.map((payload) => (payload[5] ?? 0) >> 6),
    [0, 2, 1, 2],
  );
});

test("what is no beginning of a key frame is none, however short", () => {
  assert.equal(keyFrameHeightIn(Buffer.alloc(0)), undefined);
  assert.equal(keyFrameHeightIn(Buffer.from([0x10, 0x10])), 0);
  assert.equal(keyFrameHeightIn(Buffer.from([0x90, 0xe0])), undefined);
});
